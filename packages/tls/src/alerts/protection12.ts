import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

import { openAead, sealAead } from './aead.ts';
import type { AeadSuite, CipherSuite, MacSuite } from './cipher-suites.ts';
import { keyBlock, type KeyBlockSeed } from './key-schedule.ts';
import { recordNonce, sequenceBytes } from './nonce.ts';
import type { OpenedRecord, Protection } from './protection.ts';
import { HEADER_BYTES, record } from './record.ts';

/** CBC: Node's ciphers with these have blocks of 16 bytes, AES and Camellia alike. */
const BLOCK_BYTES = 16;
const EXPLICIT_NONCE_BYTES = 8;

/** What both sides agreed on for the next change of keys (RFC 5246 §7.1). */
export interface Agreement12 extends KeyBlockSeed {
  readonly suite: CipherSuite;
  readonly encryptThenMac: boolean;
}

/** The keys with which one side writes (RFC 5246 §6.3). */
export function protection12(agreement: Agreement12, writer: 'client' | 'server'): Protection {
  const { suite } = agreement;
  const macBytes = 'macBytes' in suite ? suite.macBytes : 0;
  const ivBytes = 'macBytes' in suite ? 0 : suite.kind === 'chacha20' ? 12 : 4;
  const sizes = [macBytes, macBytes, suite.keyBytes, suite.keyBytes, ivBytes, ivBytes];
  const block = keyBlock(
    suite.hash,
    agreement,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  let end = 0;
  const parts = sizes.map((size) => block.subarray(end, (end += size)));
  const own = writer === 'client' ? 0 : 1;
  const [macKey, key, iv] = [parts[own], parts[own + 2], parts[own + 4]];
  if (macKey === undefined || key === undefined || iv === undefined)
    throw new RangeError('no keys');
  if (!('macBytes' in suite)) return new AeadProtection12(suite, key, iv);
  return new MacProtection12(suite, { key, macKey, encryptThenMac: agreement.encryptThenMac });
}

/** RFC 5288 and 6655: part of the nonce in the record; RFC 7905: nothing of it. */
class AeadProtection12 implements Protection {
  readonly #suite: AeadSuite;
  readonly #key: Uint8Array;
  readonly #iv: Uint8Array;

  constructor(suite: AeadSuite, key: Uint8Array, iv: Uint8Array) {
    this.#suite = suite;
    this.#key = key;
    this.#iv = iv;
  }

  open(bytes: Uint8Array, sequence: number): OpenedRecord | undefined {
    const [type = 0] = bytes;
    const explicitBytes = this.#suite.kind === 'chacha20' ? 0 : EXPLICIT_NONCE_BYTES;
    const explicit = bytes.subarray(HEADER_BYTES, HEADER_BYTES + explicitBytes);
    const sealed = bytes.subarray(HEADER_BYTES + explicitBytes);
    const length = sealed.length - this.#suite.tagBytes;
    if (length < 0) return undefined;
    const use = {
      nonce: this.#nonce(explicit, sequence),
      authenticated: pseudoHeader(sequence, bytes, length),
    };
    const content = openAead(this.#suite, this.#key, sealed, use);
    return content === undefined ? undefined : { type, content, padded: false };
  }

  /** OpenSSL counts its explicit nonces up from a random one, too. */
  seal(type: number, content: Uint8Array, sequence: number): Uint8Array {
    const explicitBytes = this.#suite.kind === 'chacha20' ? 0 : EXPLICIT_NONCE_BYTES;
    const explicit = randomBytes(explicitBytes);
    const use = {
      nonce: this.#nonce(explicit, sequence),
      authenticated: pseudoHeader(sequence, record(type), content.length),
    };
    return record(type, explicit, sealAead(this.#suite, this.#key, content, use));
  }

  wipe(): void {
    this.#key.fill(0);
    this.#iv.fill(0);
  }

  #nonce(explicit: Uint8Array, sequence: number): Uint8Array {
    if (this.#suite.kind === 'chacha20') return recordNonce(this.#iv, sequence);
    return Buffer.concat([this.#iv, explicit]);
  }
}

interface MacKeys {
  readonly key: Uint8Array;
  readonly macKey: Uint8Array;
  /** RFC 7366; otherwise the MAC is encrypted (RFC 5246 §6.2.3.2). */
  readonly encryptThenMac: boolean;
}

/** CBC with an IV in every record, or no encryption at all, and an HMAC. */
class MacProtection12 implements Protection {
  readonly #suite: MacSuite;
  readonly #keys: MacKeys;

  constructor(suite: MacSuite, keys: MacKeys) {
    this.#suite = suite;
    this.#keys = keys;
  }

  open(bytes: Uint8Array, sequence: number): OpenedRecord | undefined {
    const body = bytes.subarray(HEADER_BYTES);
    const encryptedFirst = this.#suite.kind === 'cbc' && this.#keys.encryptThenMac;
    const content = encryptedFirst
      ? this.#decrypt(this.#verified(body, bytes, sequence))
      : this.#verified(this.#decrypt(body), bytes, sequence);
    return content === undefined ? undefined : { type: bytes[0] ?? 0, content, padded: false };
  }

  seal(type: number, content: Uint8Array, sequence: number): Uint8Array {
    const header = record(type);
    if (this.#suite.kind === 'cbc' && this.#keys.encryptThenMac) {
      const encrypted = this.#encrypt(content);
      return record(type, encrypted, this.#mac(encrypted, header, sequence));
    }
    return record(
      type,
      this.#encrypt(Buffer.concat([content, this.#mac(content, header, sequence)])),
    );
  }

  wipe(): void {
    this.#keys.key.fill(0);
    this.#keys.macKey.fill(0);
  }

  #mac(text: Uint8Array, header: Uint8Array, sequence: number): Uint8Array {
    return createHmac(this.#suite.mac, this.#keys.macKey)
      .update(pseudoHeader(sequence, header, text.length))
      .update(text)
      .digest();
  }

  /** What is before the MAC at the end, if that is right. */
  #verified(
    text: Uint8Array | undefined,
    header: Uint8Array,
    sequence: number,
  ): Uint8Array | undefined {
    const length = (text?.length ?? 0) - this.#suite.macBytes;
    if (text === undefined || length < 0) return undefined;
    const covered = text.subarray(0, length);
    const right = timingSafeEqual(this.#mac(covered, header, sequence), text.subarray(length));
    return right ? covered : undefined;
  }

  /** Without IV and padding, if that is right. */
  #decrypt(body: Uint8Array | undefined): Uint8Array | undefined {
    if (this.#suite.kind === 'null' || body === undefined) return body;
    if (body.length < 2 * BLOCK_BYTES || body.length % BLOCK_BYTES !== 0) return undefined;
    const iv = body.subarray(0, BLOCK_BYTES);
    const decipher = createDecipheriv(this.#suite.algorithm, this.#keys.key, iv);
    const plain = decipher.setAutoPadding(false).update(body.subarray(BLOCK_BYTES));
    const padding = plain[plain.length - 1] ?? 0;
    const end = plain.length - padding - 1;
    if (end < 0 || plain.subarray(end).some((byte) => byte !== padding)) return undefined;
    return plain.subarray(0, end);
  }

  #encrypt(text: Uint8Array): Uint8Array {
    if (this.#suite.kind === 'null') return text;
    const iv = randomBytes(BLOCK_BYTES);
    const padding = BLOCK_BYTES - 1 - (text.length % BLOCK_BYTES);
    const cipher = createCipheriv(this.#suite.algorithm, this.#keys.key, iv).setAutoPadding(false);
    return Buffer.concat([
      iv,
      cipher.update(text),
      cipher.update(Buffer.alloc(padding + 1, padding)),
    ]);
  }
}

/** Sequence number and header as if the record had that length: what is authenticated besides the content (RFC 5246 §6.2.3.3). */
function pseudoHeader(sequence: number, header: Uint8Array, length: number): Uint8Array {
  const [type = 0, major = 0, minor = 0] = header;
  return Buffer.concat([
    sequenceBytes(sequence),
    Buffer.of(type, major, minor, length >> 8, length & 0xff),
  ]);
}
