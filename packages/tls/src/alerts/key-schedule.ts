import { createHmac } from 'node:crypto';

import type { SuiteHash } from './cipher-suites.ts';

const hashBytes = { sha256: 32, sha384: 48 } as const;

/** HKDF-Expand-Label without context (RFC 8446 §7.1), of one hash at most: all that the keys of records need. */
export function expandLabel(
  hash: SuiteHash,
  secret: Uint8Array,
  label: string,
  length: number,
): Uint8Array {
  const name = `tls13 ${label}`;
  const info = Buffer.alloc(name.length + 5);
  info.writeUInt16BE(length, 0);
  info.writeUInt8(name.length, 2);
  info.write(name, 3, 'latin1');
  info.writeUInt8(1, name.length + 4);
  return createHmac(hash, secret).update(info).digest().subarray(0, length);
}

/** The traffic secret behind a KeyUpdate (RFC 8446 §7.2). */
export function nextSecret(hash: SuiteHash, secret: Uint8Array): Uint8Array {
  return expandLabel(hash, secret, 'traffic upd', hashBytes[hash]);
}

/** What the key block of TLS 1.2 is made from (RFC 5246 §6.3). */
export interface KeyBlockSeed {
  readonly masterSecret: Uint8Array;
  readonly serverRandom: Uint8Array;
  readonly clientRandom: Uint8Array;
}

/** P_SHA256 or P_SHA384 over "key expansion" (RFC 5246 §5). */
export function keyBlock(hash: SuiteHash, from: KeyBlockSeed, length: number): Uint8Array {
  const hmac = (...parts: readonly Uint8Array[]): Uint8Array => {
    const keyed = createHmac(hash, from.masterSecret);
    for (const part of parts) keyed.update(part);
    return keyed.digest();
  };
  const seed = Buffer.concat([Buffer.from('key expansion'), from.serverRandom, from.clientRandom]);
  const block = new Uint8Array(length);
  let chained: Uint8Array = seed;
  for (let filled = 0; filled < length; filled += hashBytes[hash]) {
    chained = hmac(chained);
    block.set(hmac(chained, seed).subarray(0, length - filled), filled);
  }
  return block;
}
