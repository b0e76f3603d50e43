import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import type { BackendFeatures } from 'netaccess';

/** What a package says about itself without any of its code being run. */
export interface PackageFacts {
  readonly version: string;
  /** A plugin's claims. */
  readonly netaccess?: { readonly features?: BackendFeatures | undefined } | undefined;
}

/** The version of this package. */
export function ownVersion(): string {
  return manifest(new URL('../package.json', import.meta.url)).version;
}

/** The facts of a package that `netaccess` brings along, or that is installed where the command is or runs. */
export function installedPackage(name: string): PackageFacts | undefined {
  for (const from of [import.meta.resolve('netaccess'), import.meta.url, `${process.cwd()}/`]) {
    const file = resolved(`${name}/package.json`, from);
    if (file !== undefined) return manifest(file);
  }
  return undefined;
}

/** Where `specifier` leads from there; `undefined` when it leads nowhere, which is what the caller wants to know. */
function resolved(specifier: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(specifier);
  } catch {
    return undefined;
  }
}

function manifest(file: URL | string): PackageFacts {
  const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isPackageFacts(found)) throw new TypeError(`${String(file)} states no version`);
  return found;
}

/** Claims are only printed, and are as good as the package that states them. */
function isPackageFacts(value: unknown): value is PackageFacts {
  return typeof value === 'object' && value !== null && 'version' in value;
}
