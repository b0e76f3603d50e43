import { crc32 } from 'node:zlib';

import { cacheFailure } from '../failure.ts';
import { BodyChecksum } from './checksum.ts';
import type { DiskEntry, EntryFacts } from './disk-entry.ts';
import { CLAIMED_BODY_BYTES, KEY_ENTRIES, KEY_FILE_BYTES } from './limits.ts';
import { isCount, isRecord, isStoredHead } from './stored-head.ts';

// A key's file: magic, checksum of all that follows up to the bodies, where the bodies begin, where the file ends; then JSON with the
// key and its entries, the newest first; then the small bodies, one after the other. Numbers are 32 bits, the smallest byte first.

const MAGIC = 0x3143_414e;
const SUM_AT = 4;
const BODIES_AT = 8;
const END_AT = 12;
/** Bytes before the JSON. */
export const PREFIX_BYTES = 16;
const idPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a key's file holds. */
export interface KeyContent {
  readonly key: string;
  /** The newest first. */
  readonly entries: readonly EntryFacts[];
}

/** A file of a key that is not as it was written, and what is wrong with it. */
export interface Damage {
  readonly problem: string;
}

/** Reads a key's file. Bodies are copied, so that the memory may be used again. */
export function decodeKeyFile(file: Buffer): KeyContent | Damage {
  if (file.length < PREFIX_BYTES || file.readUInt32LE(0) !== MAGIC)
    return { problem: 'it does not begin like the file of a key' };
  const bodiesAt = file.readUInt32LE(BODIES_AT);
  if (file.readUInt32LE(END_AT) !== file.length) return { problem: 'its length is wrong' };
  if (bodiesAt < PREFIX_BYTES || bodiesAt > file.length)
    return { problem: 'its head is longer than the file' };
  if (crc32(file.subarray(BODIES_AT, bodiesAt)) !== file.readUInt32LE(SUM_AT))
    return { problem: 'its head has another checksum' };
  const text = file.toString('utf8', PREFIX_BYTES, bodiesAt);
  return readContent(parsed(text), Buffer.from(file.subarray(bodiesAt)));
}

/** Whether a body beside its head is as it was written. */
export function isSound({ id, body, sum }: EntryFacts): boolean {
  return body === undefined || new BodyChecksum(id).ofBlock(0, body) === sum;
}

/**
 * The file of a key, and what is in it: the oldest entries are left out where the file would be too large. Throws when not even the
 * newest fits.
 */
export function encodeKeyFile(
  key: string,
  entries: readonly DiskEntry[],
): { readonly file: Buffer; readonly kept: readonly DiskEntry[] } {
  const start = `{"key":${JSON.stringify(key)},"entries":[`;
  const texts: string[] = [];
  let size = PREFIX_BYTES + Buffer.byteLength(start) + 2;
  for (const entry of entries.slice(0, KEY_ENTRIES)) {
    const text = JSON.stringify(describe(entry));
    size += Buffer.byteLength(text) + 1 + (entry.body?.length ?? 0);
    if (size > KEY_FILE_BYTES) break;
    texts.push(text);
  }
  if (texts.length === 0)
    throw cacheFailure(
      'protocol-failure',
      `the head of a reply takes more than ${KEY_FILE_BYTES} bytes`,
    );
  const kept = entries.slice(0, texts.length);
  return { file: assembled(`${start}${texts.join()}]}`, kept), kept };
}

function assembled(text: string, entries: readonly DiskEntry[]): Buffer {
  const json = Buffer.from(text);
  const bodies = entries.flatMap(({ body }) => (body === undefined ? [] : [body]));
  const file = Buffer.concat([Buffer.alloc(PREFIX_BYTES), json, ...bodies]);
  const bodiesAt = PREFIX_BYTES + json.length;
  file.writeUInt32LE(MAGIC, 0);
  file.writeUInt32LE(bodiesAt, BODIES_AT);
  file.writeUInt32LE(file.length, END_AT);
  file.writeUInt32LE(crc32(file.subarray(BODIES_AT, bodiesAt)), SUM_AT);
  return file;
}

/** An entry as JSON: `inline` says that its body lies in the same file. */
interface Description {
  readonly id: string;
  readonly length: number;
  readonly sum: number;
  readonly inline: boolean;
  readonly head: EntryFacts['head'];
}

function describe({ id, length, sum, body, head }: DiskEntry): Description {
  return { id, length, sum, inline: body !== undefined, head };
}

function isDescription(value: unknown): value is Description {
  return (
    isRecord(value) &&
    typeof value['id'] === 'string' &&
    idPattern.test(value['id']) &&
    isCount(value['length']) &&
    value['length'] <= CLAIMED_BODY_BYTES &&
    isCount(value['sum']) &&
    typeof value['inline'] === 'boolean' &&
    isStoredHead(value['head'])
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}

function readContent(value: unknown, bodies: Uint8Array): KeyContent | Damage {
  if (!isRecord(value) || typeof value['key'] !== 'string' || !Array.isArray(value['entries']))
    return { problem: 'its head says nothing' };
  const { key } = value;
  const entries: EntryFacts[] = [];
  let at = 0;
  for (const entry of value['entries'] as readonly unknown[]) {
    if (!isDescription(entry)) return { problem: 'its head speaks of an unknown entry' };
    const { id, head, length, sum, inline } = entry;
    const body = inline ? bodies.subarray(at, at + length) : undefined;
    at += inline ? length : 0;
    entries.push({ key, id, head, length, sum, body });
  }
  if (at !== bodies.length) return { problem: 'its bodies have another length' };
  return { key, entries };
}
