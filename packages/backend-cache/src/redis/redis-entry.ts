import { isStoredHead } from '../disk/stored-head.ts';
import { headChecksum } from '../pieces/checksum.ts';
import type { StoredEntry, StoredHead } from '../store.ts';

/** An entry with its place in the order of commits. */
export interface NumberedEntry extends StoredEntry {
  readonly number: number;
  /** Bytes of its record. */
  readonly recordBytes: number;
}

/** What is written of an entry: a checksum, a blank, and its key and head. */
export function recordOf(key: string, id: string, head: StoredHead): string {
  const text = JSON.stringify([key, head]);
  return `${headChecksum(id, key, text)} ${text}`;
}

/** The entry in a field of an index; `undefined`: it is none, or has changed. */
export function entryOf(id: string, field: string): NumberedEntry | undefined {
  const [, number, checksum, text] = /^(\d{1,15}) (\d{1,10}) (\[.*)$/s.exec(field) ?? [];
  if (text === undefined) return undefined;
  const pair = parsed(text);
  if (!Array.isArray(pair)) return undefined;
  const [key, head]: unknown[] = pair;
  if (typeof key !== 'string' || !isStoredHead(head) || head.length === undefined) return undefined;
  if (headChecksum(id, key, text) !== Number(checksum)) return undefined;
  return { key, id, head, number: Number(number), recordBytes: field.length };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
