import type { StoredEntry, StoredHead } from '../store.ts';
import type { MemoryBody } from './memory-body.ts';

/** What an entry costs beside its texts and its body: objects, places in tables. */
const ENTRY_OVERHEAD_BYTES = 512;
/** Of each header: an array, and two texts. */
const HEADER_OVERHEAD_BYTES = 64;

/** An entry, which is linked to the one that was used before it and to the one that was used after it. */
export class MemoryEntry implements StoredEntry {
  readonly key: string;
  readonly id: string;
  head: StoredHead;
  readonly body: MemoryBody;
  bytes: number;
  stored = true;
  older: MemoryEntry | undefined;
  newer: MemoryEntry | undefined;

  constructor(key: string, id: string, head: StoredHead, body: MemoryBody) {
    this.key = key;
    this.id = id;
    this.head = head;
    this.body = body;
    this.bytes = body.length + headBytes(key, head);
  }
}

/** Roughly what a head holds in memory. */
export function headBytes(key: string, head: StoredHead): number {
  let bytes = ENTRY_OVERHEAD_BYTES + key.length + head.url.length;
  for (const [name, value] of head.headers)
    bytes += HEADER_OVERHEAD_BYTES + name.length + value.length;
  for (const [name, value] of head.trailers ?? [])
    bytes += HEADER_OVERHEAD_BYTES + name.length + value.length;
  for (const [name, value] of head.vary)
    bytes += HEADER_OVERHEAD_BYTES + name.length + (value?.length ?? 0);
  return bytes;
}
