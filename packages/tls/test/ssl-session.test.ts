import { connect } from 'node:tls';

import { certificates } from '@netaccess/test-servers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { sessionFacts, verifyWord } from '../src/ssl-session.ts';
import { secureServer } from './fixtures/secure-server.ts';

const made = certificates();

async function sessionOf(identity: { cert: string; key: string }): Promise<Buffer> {
  const { port } = await secureServer({ cert: identity.cert, key: identity.key });
  const socket = connect({ port, ca: made.ca.cert, rejectUnauthorized: false });
  await new Promise((resolve) => void socket.once('secureConnect', resolve));
  const session = socket.getSession();
  socket.destroy();
  return session ?? Buffer.alloc(0);
}

describe('a session of OpenSSL', () => {
  it('says what verification found, and whose certificate it was', async () => {
    const good = sessionFacts(await sessionOf(made.localhost));
    expect(verifyWord(good?.verifyResult ?? -1)).toBe('');
    expect(good?.peerCertificate).toEqual(made.localhost.certificate.raw);
    const bad = sessionFacts(await sessionOf(made.expired));
    expect(verifyWord(bad?.verifyResult ?? -1)).toBe('CERT_HAS_EXPIRED');
  });

  it('is nothing where it is cut off or is something else', async () => {
    const session = await sessionOf(made.localhost);
    for (let length = 0; length < session.length; length += 1) {
      expect(sessionFacts(session.subarray(0, length))).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        sessionFacts(bytes);
      }),
    );
  });

  it('has words for numbers that nobody knows', () => {
    expect(verifyWord(77)).toBe('X509_V_ERR_77');
  });
});
