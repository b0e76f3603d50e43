import type { Decoder } from './decoder.ts';
import type { EnginePool } from './engine-pool.ts';
import { gzipDecoder } from './gzip.ts';
import { brotliDecoder, deflateDecoder } from './single-stream.ts';
import { zstdDecoder } from './zstd.ts';

/** A content coding that can be undone. */
export interface Coding {
  readonly name: string;
  /** How many times as large an honest body may become; beyond, it is taken for a bomb. */
  readonly maximumExpansion: number;
  decoder(engines: EnginePool): Decoder;
}

const gzip: Coding = { name: 'gzip', maximumExpansion: 40, decoder: gzipDecoder };
const codings: ReadonlyMap<string, Coding> = new Map([
  ['gzip', gzip],
  // RFC 9110 §8.4.1.3: to be considered equivalent.
  ['x-gzip', gzip],
  ['deflate', { name: 'deflate', maximumExpansion: 40, decoder: deflateDecoder }],
  ['br', { name: 'br', maximumExpansion: 100, decoder: brotliDecoder }],
  ['zstd', { name: 'zstd', maximumExpansion: 100, decoder: zstdDecoder }],
]);

/** What this platform can undo, as `Accept-Encoding` says it. */
export const acceptedCodings: string =
  process.versions['zstd'] === undefined ? 'gzip, deflate, br' : 'gzip, deflate, br, zstd';

/** The coding of that name, in any case; `undefined` for one that is unknown. */
export function codingOf(name: string): Coding | undefined {
  return codings.get(name.toLowerCase());
}
