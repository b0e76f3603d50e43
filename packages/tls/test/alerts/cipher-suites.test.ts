import { getCipherInfo } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { cipherSuite } from '../../src/alerts/cipher-suites.ts';

describe('a cipher suite', () => {
  it('is what its name in the registry says', () => {
    const aes256 = { hash: 'sha384', algorithm: 'aes-256-gcm', keyBytes: 32, tagBytes: 16 };
    expect(cipherSuite(0x1302)).toMatchObject({ kind: 'gcm', ...aes256 });
    const short = { hash: 'sha256', algorithm: 'aes-128-ccm', keyBytes: 16, tagBytes: 8 };
    expect(cipherSuite(0x1305)).toMatchObject({ kind: 'ccm', ...short });
    const poly = { hash: 'sha256', algorithm: 'chacha20-poly1305', keyBytes: 32, tagBytes: 16 };
    expect(cipherSuite(0xcca9)).toMatchObject({ kind: 'chacha20', ...poly });
    const camellia = { algorithm: 'camellia-256-cbc', keyBytes: 32, mac: 'sha384', macBytes: 48 };
    expect(cipherSuite(0xc073)).toMatchObject({ kind: 'cbc', hash: 'sha384', ...camellia });
    const oldest = { algorithm: 'aes-128-cbc', keyBytes: 16, mac: 'sha1', macBytes: 20 };
    expect(cipherSuite(0x002f)).toMatchObject({ kind: 'cbc', hash: 'sha256', ...oldest });
    expect(cipherSuite(0x0001)).toMatchObject({
      kind: 'null',
      mac: 'md5',
      macBytes: 16,
      keyBytes: 0,
    });
    expect(cipherSuite(0x0005)).toBeUndefined();
  });
  it('is one whose cipher Node has with keys of that length', () => {
    let known = 0;
    for (let number = 0; number < 0xffff; number += 1) {
      const suite = cipherSuite(number);
      if (suite === undefined || suite.kind === 'null') continue;
      known += 1;
      expect(getCipherInfo(suite.algorithm)?.keyLength).toBe(suite.keyBytes);
      const stream = 'stream' in suite ? suite.stream : suite.algorithm;
      expect(getCipherInfo(stream)?.keyLength).toBe(suite.keyBytes);
    }
    expect(known).toBeGreaterThan(140);
  });
});
