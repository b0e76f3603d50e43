import { isUtf8 } from 'node:buffer';

import type { ListingEntry } from './entry.ts';

const SIZE_COLUMN = 14;
const letters = { file: '-', directory: 'd', link: 'l', other: '?' } as const;

/** What came over the data connection as text: UTF-8, or, if any byte is not, a character for each byte. */
export function listingText(bytes: Buffer): { readonly text: string; readonly latin1: boolean } {
  if (isUtf8(bytes)) return { text: bytes.toString('utf8'), latin1: false };
  return { text: bytes.toString('latin1'), latin1: true };
}

/** An entry and the name that leads to it from its directory's URL: lossless, also where the name is not UTF-8. */
export interface LinkedEntry extends ListingEntry {
  readonly href: string;
}

/** Each name by itself is UTF-8 where it can be. */
export function linked(entry: ListingEntry, latin1: boolean): LinkedEntry {
  const { name, type } = entry;
  const slash = type === 'directory' ? '/' : '';
  const decodable = !latin1 || !/[\x80-\xff]/.test(name);
  if (decodable) return { ...entry, href: `${encodeName(name)}${slash}` };
  const bytes = Buffer.from(name, 'latin1');
  const plain = isUtf8(bytes) ? bytes.toString('utf8') : name;
  return { ...entry, name: plain, href: `${encodeBytes(bytes)}${slash}` };
}

/** As people read it: type and rights, size, time, name. */
export function asText(entries: readonly LinkedEntry[]): string {
  return entries.map((entry) => `${textLine(entry)}\n`).join('');
}

function textLine({ type, permissions, size, modified, name, target }: LinkedEntry): string {
  const link = target === undefined ? '' : ` -> ${target}`;
  const time = (modified ?? '').slice(0, 16).replace('T', ' ').padEnd(16);
  const shown = `${name}${type === 'directory' ? '/' : ''}${link}`.replaceAll(/\p{Cc}/gu, '?');
  return `${letters[type]}${permissions ?? '---------'} ${String(size ?? '').padStart(SIZE_COLUMN)} ${time} ${shown}`;
}

function encodeName(name: string): string {
  if (/^[\w.-]+$/.test(name)) return name;
  return encodeURIComponent(name);
}

function encodeBytes(bytes: Buffer): string {
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return /[\w.-]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}
