import { cacheFailure } from '../failure.ts';
import { pieceChecksum } from '../pieces/checksum.ts';
import type { PieceSink } from '../pieces/piece-sink.ts';
import type { StoredEntry, StoredHead, WritePlan } from '../store.ts';
import { graceMilliseconds } from './body-leases.ts';
import { pieceBytes, readPiece } from './redis-body.ts';
import { recordOf } from './redis-entry.ts';
import type { RedisKeys } from './redis-keys.ts';
import type { RedisLink } from './redis-link.ts';
import { commitEntry, putPiece } from './redis-scripts.ts';

/** Variants and parts of one key: a peer must not fill an index with what varies by everything. */
const mostEntriesOfKey = 100;

/** What a body is written with. */
export interface RedisSinkContext {
  readonly link: RedisLink;
  readonly keys: RedisKeys;
  readonly maximumBytes: number;
  /** How long the server keeps an entry with this head. */
  readonly lifetime: (head: StoredHead) => number;
  /** The lease of the body ends. */
  readonly ends: () => void;
}

/** Puts a body into a hash that ends by itself if its entry is never committed. */
export class RedisSink implements PieceSink {
  readonly pieceBytes: number = pieceBytes;
  readonly maximumBytes: number;
  readonly #context: RedisSinkContext;
  readonly #plan: WritePlan;
  readonly #id: string;
  readonly #name: string;
  #pieces = 0;

  constructor(context: RedisSinkContext, plan: WritePlan, id: string) {
    this.maximumBytes = context.maximumBytes;
    this.#context = context;
    this.#plan = plan;
    this.#id = id;
    this.#name = context.keys.body(plan.key, id);
  }

  async put(number: number, bytes: Uint8Array): Promise<void> {
    const checksum = pieceChecksum(this.#id, number, bytes);
    const { link } = this.#context;
    await link.send('EVAL', putPiece, 1, this.#name, number, bytes, checksum, graceMilliseconds);
    this.#pieces = number + 1;
  }

  async piece(number: number): Promise<Uint8Array> {
    return await readPiece(this.#context.link, { name: this.#name, id: this.#id }, number);
  }

  async commit(head: StoredHead, last: Uint8Array): Promise<StoredEntry> {
    const { link, keys, lifetime } = this.#context;
    const { key, replaces } = this.#plan;
    const stored: StoredHead = structuredClone(head);
    const record = recordOf(key, this.#id, stored);
    const ids = replaces.filter((entry) => entry.key === key).map(({ id }) => id);
    const names = [keys.index(key), this.#name];
    const values = [this.#id, record, this.#pieces, lifetime(stored), graceMilliseconds];
    const piece = [last, pieceChecksum(this.#id, this.#pieces, last)];
    const limits = [...values, mostEntriesOfKey];
    const words = [commitEntry, names.length, ...names, ...limits, ...piece, ...ids];
    const done = await link.send('EVAL', ...words);
    if (done === 1) return { key, id: this.#id, head: stored };
    throw cacheFailure('content-gone', 'Redis has dropped pieces of the body meanwhile');
  }

  async abandon(): Promise<void> {
    if (this.#pieces === 0) return;
    const gone = this.#context.link.send('UNLINK', this.#name);
    // What cannot be removed now goes by itself.
    await gone.then(undefined, () => undefined);
  }

  release(): void {
    this.#context.ends();
  }
}
