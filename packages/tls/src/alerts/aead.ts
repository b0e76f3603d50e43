import { createCipheriv, createDecipheriv } from 'node:crypto';

import type { AeadSuite } from './cipher-suites.ts';

/** One use of a key: nonces must not repeat. */
export interface AeadUse {
  readonly nonce: Uint8Array;
  readonly authenticated: Uint8Array;
}

/** The plain text, or `undefined` if the tag at the end does not fit. */
export function openAead(
  suite: AeadSuite,
  key: Uint8Array,
  sealed: Uint8Array,
  { nonce, authenticated }: AeadUse,
): Uint8Array | undefined {
  const plaintextLength = sealed.length - suite.tagBytes;
  if (plaintextLength < 0) return undefined;
  const decipher = createDecipheriv(suite.algorithm, key, nonce, { authTagLength: suite.tagBytes });
  try {
    decipher.setAuthTag(sealed.subarray(plaintextLength));
    decipher.setAAD(authenticated, { plaintextLength });
    const plain = decipher.update(sealed.subarray(0, plaintextLength));
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

/** Cipher text and tag. */
export function sealAead(
  suite: AeadSuite,
  key: Uint8Array,
  plain: Uint8Array,
  { nonce, authenticated }: AeadUse,
): Uint8Array {
  const cipher = createCipheriv(suite.algorithm, key, nonce, { authTagLength: suite.tagBytes });
  cipher.setAAD(authenticated, { plaintextLength: plain.length });
  const sealed = [cipher.update(plain), cipher.final()];
  return Buffer.concat([...sealed, cipher.getAuthTag()]);
}
