import { issue } from '@netaccess/test-servers';
import { describe, expect, it } from 'vitest';

import { isPinned, publicKeyPin, readPins } from '../src/pins.ts';

const root = issue({ subject: 'root', authority: {} });
const other = issue({ subject: 'root', authority: {} });
const leaf = issue({ subject: 'leaf', issuer: root });
const chain = [leaf.certificate, root.certificate];

describe('pins', () => {
  it('hold for a public key anywhere in the chain', () => {
    for (const certificate of chain) {
      expect(isPinned(chain, readPins([publicKeyPin(certificate)]), 'publicKeys')).toBe(true);
    }
    expect(isPinned(chain, readPins([publicKeyPin(other.certificate)]), 'publicKeys')).toBe(false);
  });

  it('are not met by a certificate that was only sent along', () => {
    const sent = [leaf.certificate, other.certificate];
    expect(isPinned(sent, readPins([publicKeyPin(other.certificate)]), 'publicKeys')).toBe(false);
  });

  it('of certificates hold for just that certificate', () => {
    const hash = Buffer.from(leaf.certificate.fingerprint256.replaceAll(':', ''), 'hex');
    const pins = readPins([`sha256/${hash.toString('base64')}`]);
    expect(isPinned(chain, pins, 'certificates')).toBe(true);
    expect(isPinned(chain, pins, 'publicKeys')).toBe(false);
  });

  it('are read in the forms of curl and of RFC 7469, and nothing else is a pin', () => {
    const hash = publicKeyPin(leaf.certificate).slice('sha256/'.length);
    for (const pin of [`sha256/${hash}`, `sha256//${hash}`, `sha256/${hash.slice(0, -1)}`]) {
      expect([...readPins([pin])]).toEqual([hash]);
    }
    for (const pin of ['', hash, `sha1/${hash}`, `sha256/${hash}A`, `sha256/${hash.slice(2)}`]) {
      expect(() => readPins([pin])).toThrow(/is no pin/u);
    }
  });
});
