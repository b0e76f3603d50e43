import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../../../shared/vectors/data-urls');

/** False where the folder of outside vectors does not stand beside the checkout. */
export const haveVectors: boolean = existsSync(folder);

/** A case of `data-urls.json`: the URL, then MIME type and bytes, or null where fetching fails. */
export interface DataUrlVector {
  readonly input: string;
  readonly mimeType: string | undefined;
  readonly bytes: readonly number[] | undefined;
}

export function dataUrlVectors(): readonly DataUrlVector[] {
  return read('data-urls.json').map(([input, mimeType, bytes]) => ({
    input: String(input),
    mimeType: typeof mimeType === 'string' ? mimeType : undefined,
    bytes: numbersOf(bytes),
  }));
}

/** The cases of `base64.json`. */
export function base64Vectors(): readonly Omit<DataUrlVector, 'mimeType'>[] {
  return read('base64.json').map(([input, bytes]) => ({
    input: String(input),
    bytes: numbersOf(bytes),
  }));
}

function read(name: string): readonly (readonly unknown[])[] {
  if (!haveVectors) return [];
  const parsed: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  return Array.isArray(parsed) ? parsed.filter((entry) => Array.isArray(entry)) : [];
}

function numbersOf(value: unknown): readonly number[] | undefined {
  return Array.isArray(value) ? value.map(Number) : undefined;
}
