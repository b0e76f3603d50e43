import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import { factoryUpload, iterableUpload, type Upload } from 'netaccess';

import type { DataPart } from './arguments.ts';
import { unreadable } from './failure.ts';

/** Large enough that the disk is not asked often. */
const readBytes = 1_048_576;
const lineEndsAndNul: ReadonlySet<number> = new Set([0x0a, 0x0d, 0x00]);

/** What `-d` says, its parts joined by `&` as in a form. */
export async function formData(parts: readonly DataPart[], input: Readable): Promise<Uint8Array> {
  const joined: Uint8Array[] = [];
  for (const part of parts) {
    if (joined.length > 0) joined.push(Buffer.from('&'));
    joined.push(await bytesOf(part, input));
  }
  return Buffer.concat(joined);
}

async function bytesOf({ kind, value, stripped }: DataPart, input: Readable): Promise<Uint8Array> {
  if (kind === 'text') return Buffer.from(value);
  const bytes = await (value === '-' ? buffer(input) : readFile(value)).catch(unreadable(value));
  return stripped ? bytes.filter((byte) => !lineEndsAndNul.has(byte)) : bytes;
}

/** What `-T` names. A file can be sent again, after a redirect or a challenge; standard input only once. */
export async function fileUpload(name: string, input: Readable): Promise<Upload> {
  if (name === '-') return iterableUpload(input);
  const { size } = await stat(name).catch(unreadable(name));
  return factoryUpload(() => createReadStream(name, { highWaterMark: readBytes }), size);
}
