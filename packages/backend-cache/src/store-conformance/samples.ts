import type { StoredHead } from '../store.ts';

/** Milliseconds of Unix time at which the entries of the kit were received. */
export const receivedAt = 1_750_000_000_000;

/** A head with everything that an entry must have. */
export function sampleHead(change: Partial<StoredHead> = {}): StoredHead {
  return {
    url: 'https://store.test/',
    headers: [['content-type', 'text/plain']],
    status: { code: 200, reason: 'OK' },
    vary: [],
    requestedAt: receivedAt - 50,
    receivedAt,
    ...change,
  };
}

/** Bytes of which no two neighbours are alike, and that differ everywhere from those of another seed. */
export function sampleBytes(length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) {
    bytes[index] = index * 31 + (index >> 8) * 7 + (index >> 16) * 3 + seed * 11;
  }
  return bytes;
}
