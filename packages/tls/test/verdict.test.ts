import { certificates, issue, loopbackNames } from '@netaccess/test-servers';
import type { Issued, TestCertificates } from '@netaccess/test-servers';
import type { CertificateErrorCode } from '@netaccess/transport';
import { describe, expect, it } from 'vitest';

import { failureOf, readBytes, secured, secureServer } from './fixtures/secure-server.ts';

const incomplete = [
  'unable-to-get-local-issuer-certificate',
  'unable-to-verify-first-certificate',
] as const;

/** What is wrong with each, and a part of the sentence. */
const wrong: readonly [keyof TestCertificates, readonly CertificateErrorCode[], string][] = [
  ['expired', ['certificate-expired'], '(10 days ago): "expired", issued by "Test CA"'],
  ['notYetValid', ['certificate-not-yet-valid'], '(in 10 days): "not yet valid"'],
  [
    'wrongName',
    ['host-name-mismatch'],
    'name mismatch: certificate is for other.test, *.example.test; not for localhost',
  ],
  ['selfSigned', ['self-signed-certificate'], '"self signed" is signed by itself'],
  ['unknownIssuer', incomplete, 'unknown issuer: "Other CA", which issued "unknown issuer"'],
  ['missingIntermediate', incomplete, 'unknown issuer: "Test intermediate CA"'],
  [
    'selfSignedInChain',
    ['self-signed-certificate-in-chain'],
    'unknown issuer: the chain ends in "Other CA"',
  ],
  ['wrongPurpose', ['invalid-purpose'], '"wrong purpose" is not for servers'],
  ['pathTooLong', ['path-length-exceeded'], '"Last CA" allows fewer'],
  ['invalidAuthority', [...incomplete, 'unspecified-error'], 'unknown issuer: "localhost"'],
  [
    'allWrong',
    [...incomplete, 'certificate-expired', 'host-name-mismatch'],
    'unknown issuer: "Other CA"',
  ],
];

const serverWith = (identity: Issued, maxVersion?: 'TLSv1.2'): ReturnType<typeof secureServer> =>
  secureServer(
    { cert: identity.cert, key: identity.key, ...(maxVersion ? { maxVersion } : {}) },
    (socket) => void socket.end('content'),
  );

describe.each(['TLSv1.3', 'TLSv1.2'] as const)('a certificate, over %s,', (version) => {
  const serve = (identity: Issued): ReturnType<typeof secureServer> =>
    serverWith(identity, version === 'TLSv1.2' ? version : undefined);

  it.each(wrong)('that is %s is refused with all that is wrong', async (name, codes, part) => {
    const { port } = await serve(certificates()[name]);
    const error = await failureOf(secured(port));
    expect(error.code).toBe('tls-handshake-failed');
    expect(error.message).toContain(`TLS handshake with localhost:${port} failed: `);
    expect(error.message).toContain(part);
    expect(error.certificateErrors).toMatchObject(codes.map((code) => ({ code })));
  });

  it.each(wrong)('that is %s is accepted when exactly that is ignored', async (name, codes) => {
    const { port } = await serve(certificates()[name]);
    const channel = await secured(port, { ignoreErrors: codes });
    expect(channel.tls.errors.map((error) => error.code)).toEqual(codes);
    expect((await readBytes(channel)).toString()).toBe('content');
  });

  it.each(wrong.filter(([, codes]) => codes.length > 1))(
    'that is %s is refused when one error too few is ignored',
    async (name, codes) => {
      const { port } = await serve(certificates()[name]);
      for (const missing of codes) {
        const ignoreErrors = codes.filter((code) => code !== missing);
        const error = await failureOf(secured(port, { ignoreErrors }));
        expect(error.code).toBe('tls-handshake-failed');
      }
    },
  );

  it.each(wrong)('that is %s is accepted when all is ignored', async (name, codes) => {
    const { port } = await serve(certificates()[name]);
    const channel = await secured(port, { ignoreErrors: 'all' });
    expect(channel.tls.errors.map((error) => error.code)).toEqual(codes);
  });
});

describe('accepting one error', () => {
  const expired = {
    notBefore: new Date(Date.now() - 864e5 * 9),
    notAfter: new Date(Date.now() - 864e5),
    names: loopbackNames,
  };
  const expiredBy = (subject: string, authority: { pathLength?: number }): Issued => {
    const issuer = issue({ subject, issuer: certificates().ca, authority });
    return issue({ subject: 'late', issuer, ...expired });
  };

  it.each([
    [
      'an unknown issuer',
      issue({ subject: 'late', issuer: issue({ subject: 'Nobody', authority: {} }), ...expired }),
    ],
    ['a self-signed one', issue({ subject: 'late', ...expired })],
    [
      'the wrong purpose',
      issue({ subject: 'late', issuer: certificates().ca, purposes: ['client'], ...expired }),
    ],
    [
      'a path that is too long',
      issue({
        subject: 'late',
        issuer: issue({
          subject: 'Second',
          issuer: issue({
            subject: 'Last',
            issuer: certificates().ca,
            authority: { pathLength: 0 },
          }),
          authority: {},
        }),
        ...expired,
      }),
    ],
  ])('accepts no other that OpenSSL hides behind it: %s', async (_, identity) => {
    const { port } = await serverWith(identity);
    const error = await failureOf(secured(port, { ignoreErrors: ['certificate-expired'] }));
    const codes = (error.certificateErrors ?? []).map(({ code }) => code);
    expect(codes.length).toBeGreaterThan(1);
    expect(codes).toContain('certificate-expired');
  });

  it('accepts it in a chain that is good otherwise', async () => {
    const { port } = await serverWith(expiredBy('Good intermediate', { pathLength: 0 }));
    const channel = await secured(port, { ignoreErrors: ['certificate-expired'] });
    expect(channel.tls.errors).toHaveLength(1);
  });

  it('that is not there changes nothing', async () => {
    const { port } = await serverWith(certificates().throughIntermediate);
    expect((await secured(port, { ignoreErrors: ['certificate-expired'] })).tls.errors).toEqual([]);
  });
});

describe('the name', () => {
  it.each(['localhost', 'LOCALHOST', '127.0.0.1', '::1', '[::1]', 'localhost.'])(
    '%s fits a certificate for loopback',
    async (serverName) => {
      const { port } = await serverWith(certificates().localhost);
      expect((await secured(port, { serverName })).tls.errors).toEqual([]);
    },
  );

  it.each(['a.example.test', 'other.test'])(
    '%s fits a certificate for other.test and *.example.test',
    async (serverName) => {
      const { port } = await serverWith(certificates().wrongName);
      expect((await secured(port, { serverName })).tls.errors).toEqual([]);
    },
  );

  it.each(['a.b.example.test', 'example.test', 'other.test.evil', '127.0.0.1'])(
    '%s does not fit a certificate for other.test and *.example.test',
    async (serverName) => {
      const { port } = await serverWith(certificates().wrongName);
      const error = await failureOf(secured(port, { serverName }));
      expect(error.message).toContain(`; not for ${serverName}`);
    },
  );
});

describe('a peer that is refused', () => {
  it('has received nothing but the handshake', async () => {
    let received = 0;
    const { cert, key } = certificates().wrongName;
    const { port } = await secureServer({ cert, key }, (socket) => {
      socket.on('data', (chunk: Buffer) => (received += chunk.length));
    });
    const error = await failureOf(secured(port));
    expect(error.code).toBe('tls-handshake-failed');
    expect(received).toBe(0);
  });

  it('that answers before it is asked has not been read', async () => {
    const { port } = await serverWith(certificates().expired);
    const error = await failureOf(secured(port, { ignoreErrors: ['host-name-mismatch'] }));
    expect(error.certificateErrors).toMatchObject([{ code: 'certificate-expired' }]);
  });
});
