import { createCipheriv, type Cipher } from 'node:crypto';

import { openAead, sealAead } from './aead.ts';
import type { AeadSuite } from './cipher-suites.ts';
import { expandLabel } from './key-schedule.ts';
import { recordNonce, writeNonce } from './nonce.ts';
import type { OpenedRecord, Protection } from './protection.ts';
import { HEADER_BYTES, record, recordTypes } from './record.ts';

const IV_BYTES = 12;
const BLOCK_BYTES = 16;

/** Records of TLS 1.3 (RFC 8446 §5.2) under one traffic secret. */
export class Protection13 implements Protection {
  readonly #suite: AeadSuite;
  readonly #key: Uint8Array;
  readonly #iv: Uint8Array;
  readonly #counter: Buffer = Buffer.alloc(BLOCK_BYTES);
  #blocks: Cipher | undefined;

  constructor(suite: AeadSuite, trafficSecret: Uint8Array) {
    this.#suite = suite;
    this.#key = expandLabel(suite.hash, trafficSecret, 'key', suite.keyBytes);
    this.#iv = expandLabel(suite.hash, trafficSecret, 'iv', IV_BYTES);
  }

  open(bytes: Uint8Array, sequence: number): OpenedRecord | undefined {
    const header = bytes.subarray(0, HEADER_BYTES);
    const use = { nonce: recordNonce(this.#iv, sequence), authenticated: header };
    const inner = openAead(this.#suite, this.#key, bytes.subarray(HEADER_BYTES), use);
    if (inner === undefined) return undefined;
    const end = inner.findLastIndex((byte) => byte !== 0);
    const type = inner[end];
    if (type === undefined) return undefined;
    return { type, content: inner.subarray(0, end), padded: end < inner.length - 1 };
  }

  seal(type: number, content: Uint8Array, sequence: number): Uint8Array {
    const inner = Buffer.concat([content, Buffer.of(type)]);
    const room = new Uint8Array(inner.length + this.#suite.tagBytes);
    const header = record(recordTypes.applicationData, room).subarray(0, HEADER_BYTES);
    const use = { nonce: recordNonce(this.#iv, sequence), authenticated: header };
    const sealed = sealAead(this.#suite, this.#key, inner, use);
    return record(recordTypes.applicationData, sealed);
  }

  peek(bytes: Uint8Array, sequence: number): number {
    const innerBytes = bytes.length - HEADER_BYTES - this.#suite.tagBytes;
    if (innerBytes < 1) return -1;
    const block = Math.floor((innerBytes - 1) / BLOCK_BYTES);
    const stream = this.#keyStream(sequence, block);
    for (let at = innerBytes - 1; at >= block * BLOCK_BYTES; at -= 1) {
      const byte = (bytes[HEADER_BYTES + at] ?? 0) ^ (stream[at % BLOCK_BYTES] ?? 0);
      if (byte !== 0) return byte;
    }
    return 0;
  }

  wipe(): void {
    this.#key.fill(0);
    this.#iv.fill(0);
    this.#blocks = undefined;
  }

  /** What a block of the inner plain text is encrypted with. */
  #keyStream(sequence: number, block: number): Uint8Array {
    this.#setCounter(sequence, block);
    if (this.#suite.kind === 'chacha20') {
      const cipher = createCipheriv('chacha20', this.#key, this.#counter);
      return cipher.update(new Uint8Array(4 * BLOCK_BYTES)).subarray((block % 4) * BLOCK_BYTES);
    }
    this.#blocks ??= createCipheriv(this.#suite.stream, this.#key, null).setAutoPadding(false);
    return this.#blocks.update(this.#counter);
  }

  #setCounter(sequence: number, block: number): void {
    const from = { iv: this.#iv, sequence };
    if (this.#suite.kind === 'gcm') {
      // The first block masks the tag (NIST SP 800-38D §7.1).
      writeNonce(this.#counter, 0, from);
      this.#counter.writeUInt32BE(block + 2, IV_BYTES);
    } else if (this.#suite.kind === 'ccm') {
      // Block 0 masks the tag; the length has 3 bytes where the nonce has 12 (RFC 3610 §2.3).
      this.#counter[0] = 2;
      writeNonce(this.#counter, 1, from);
      this.#counter.writeUIntBE(block + 1, 1 + IV_BYTES, 3);
    } else {
      // Blocks of 64 bytes; the first is the key of Poly1305 (RFC 8439 §2.6).
      this.#counter.writeUInt32LE(1 + Math.floor(block / 4));
      writeNonce(this.#counter, 4, from);
    }
  }
}
