import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';

import { certificates, issue, revocationList, type Issued } from '@netaccess/test-servers';
import type { TlsOptions } from '@netaccess/transport';
import { afterAll, describe, expect, it } from 'vitest';

import { publicKeyPin } from '../src/pins.ts';
import {
  failureOf,
  readBytes,
  secured,
  secureServer,
  secureServerOf,
} from './fixtures/secure-server.ts';
import { ocspReply, type ReplyPlan } from './ocsp/replies.ts';

const folder = mkdtempSync(join(tmpdir(), 'netaccess-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));
const { localhost, ca: authority, expired } = certificates();
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

const greet = (socket: TLSSocket): void => void socket.end('content');
const authorizedGreet = (socket: TLSSocket): void =>
  void socket.end(String(socket.getPeerCertificate().subject?.CN));

describe('the authorities that are trusted', () => {
  it('are those of the stated sets besides the stated ones', async () => {
    const { port } = await secureServer({}, greet);
    const channel = await secured(port, { caSets: ['bundled', 'extra'] });
    expect(channel.tls.errors).toEqual([]);
  });

  it('are none of the stated ones when only a set is', async () => {
    const { port } = await secureServer({}, greet);
    const error = await failureOf(secured(port, { ca: [], caSets: ['system'] }));
    expect(error.certificateErrors).toMatchObject([
      { code: 'unable-to-get-local-issuer-certificate' },
      { code: 'unable-to-verify-first-certificate' },
    ]);
    expect(error.message).toContain('unknown issuer');
  });

  it('are refused by a wrong name', async () => {
    const { port } = await secureServer({}, greet);
    const error = await failureOf(secured(port, { caSets: ['everybody' as 'system'] }));
    expect(error.message).toContain('"everybody" is no caSets');
  });
});

describe('a certificate that is on a list of revoked ones', () => {
  it('is refused, and one that is not is accepted', async () => {
    const { port } = await secureServer({}, greet);
    const revoked = revocationList(authority, [localhost.certificate]);
    const error = await failureOf(secured(port, { revocationLists: revoked }));
    expect(error.certificateErrors).toMatchObject([{ code: 'certificate-revoked', depth: 0 }]);
    const channel = await secured(port, { revocationLists: revocationList(authority, []) });
    expect(channel.tls.errors).toEqual([]);
  });
});

describe('lists of revoked certificates', () => {
  const late = {
    notBefore: new Date(Date.now() - 9 * 864e5),
    notAfter: new Date(Date.now() - 864e5),
    names: ['localhost'],
  };
  const own = issue({ subject: 'late', issuer: authority, ...late });
  const stranger = issue({ subject: 'Nobody', authority: {} });
  const middle = issue({ subject: 'middle', issuer: authority, authority: {} });
  const below = issue({ subject: 'below', issuer: middle, names: ['localhost'] });
  const ignoreErrors = ['certificate-expired'] as const;

  it.each([
    ['that it was revoked', revocationList(authority, [own.certificate]), 'certificate-revoked'],
    ['that there is no list', revocationList(stranger, []), 'unspecified-error'],
    [
      'that the list is forged',
      revocationList({ ...stranger, subject: authority.subject }, []),
      'unspecified-error',
    ],
  ])('are looked at where OpenSSL hides behind a date %s', async (_, revocationLists, code) => {
    const { port } = await secureServer({ cert: own.cert, key: own.key }, greet);
    const error = await failureOf(secured(port, { revocationLists, ignoreErrors }));
    expect(error.certificateErrors).toContainEqual(expect.objectContaining({ code, depth: 0 }));
  });

  it('that say nothing of it let what is accepted be accepted', async () => {
    const { port } = await secureServer({ cert: own.cert, key: own.key }, greet);
    const revocationLists = revocationList(authority, [localhost.certificate]);
    const channel = await secured(port, { revocationLists, ignoreErrors });
    expect(channel.tls.errors).toMatchObject([{ code: 'certificate-expired' }]);
  });

  it('may be one text, and name the certificate that was revoked', async () => {
    const { port } = await secureServer({ cert: below.cert, key: below.key }, greet);
    const text = revocationList(authority, []) + revocationList(middle, []);
    expect((await secured(port, { revocationLists: text })).tls.errors).toEqual([]);
    const revocationLists = [
      revocationList(authority, [middle.certificate]),
      Buffer.from(revocationList(middle, [])),
    ];
    const error = await failureOf(secured(port, { revocationLists }));
    expect(error.certificateErrors).toMatchObject([{ code: 'certificate-revoked', depth: 1 }]);
  });
});

describe('options that nobody can mean', () => {
  it.each([
    [{ peerVerifyMode: 'Verify' }, '"Verify" is no peerVerifyMode'],
    [{ ocsp: 'required' }, '"required" is no ocsp'],
    [{ minimumVersion: 'TLSv1' }, '"TLSv1" is no minimumVersion'],
    [{ maximumVersion: 'TLSv1.1' }, '"TLSv1.1" is no maximumVersion'],
    [{ ignoreErrors: 'certificate-expired' }, '"ignoreErrors" is a list'],
    [{ peerVerifyDepth: -1 }, '"peerVerifyDepth" is a count'],
    [{ interruptTimeout: Number.NaN }, '"interruptTimeout" is in milliseconds'],
  ])('open nothing: %j', async (options, part) => {
    const { port } = await secureServer({}, greet);
    const error = await failureOf(secured(port, options as TlsOptions));
    expect(error.message).toContain(`cannot use the TLS options: ${part}`);
  });
});

describe('an identity of this side', () => {
  it.skipIf(!hasOpenssl)('brings no authority to be trusted (needs openssl)', async () => {
    const foreign = issue({ subject: 'Foreign CA', authority: {} });
    const me = issue({ subject: 'me', issuer: foreign, purposes: ['client'] });
    const peer = issue({ subject: 'peer', issuer: foreign, names: ['localhost'] });
    writeFileSync(join(folder, 'me.pem'), me.cert + me.key);
    writeFileSync(join(folder, 'foreign.pem'), foreign.cert);
    const words = 'pkcs12 -export -in me.pem -certfile foreign.pem -out me.p12 -passout pass:so';
    execFileSync('openssl', words.split(' '), { cwd: folder });
    const own = { pkcs12: readFileSync(join(folder, 'me.p12')), passphrase: 'so' };
    const strange = await secureServer({ cert: peer.cert, key: peer.key }, greet);
    for (const caSets of [undefined, ['default'] as const]) {
      const error = await failureOf(secured(strange.port, { ...own, caSets }));
      expect(error.certificateErrors).toMatchObject([{ code: 'self-signed-certificate-in-chain' }]);
    }
    const { port } = await secureServer({}, greet);
    expect((await secured(port, own)).tls.errors).toEqual([]);
    const named = await secured(strange.port, { ...own, ca: [foreign.cert] });
    expect(named.tls.errors).toEqual([]);
  });

  it.skipIf(!hasOpenssl)('comes from PKCS#12 with its passphrase (needs openssl)', async () => {
    const own = issue({ subject: 'own', issuer: authority, purposes: ['client'] });
    writeFileSync(join(folder, 'own.pem'), own.cert + own.key);
    const words = ['pkcs12', '-export', '-in', 'own.pem', '-out', 'own.p12', '-passout', 'pass:so'];
    execFileSync('openssl', words, { cwd: folder });
    const pkcs12 = readFileSync(join(folder, 'own.p12'));
    const { port } = await secureServer({ requestCert: true, ca: authority.cert }, authorizedGreet);
    const channel = await secured(port, { pkcs12, passphrase: 'so' });
    expect((await readBytes(channel)).toString()).toBe('own');
    const error = await failureOf(secured(port, { pkcs12, passphrase: 'other' }));
    expect(error.message).toContain('the passphrase does not open it');
  });
});

describe('what is offered', () => {
  it('is the stated cipher suites', async () => {
    const { port } = await secureServer({}, greet);
    const suite = 'TLS_CHACHA20_POLY1305_SHA256';
    const channel = await secured(port, { cipherSuites: [suite] });
    expect(channel.tls.cipher).toBe(suite);
    const old = await secured(port, {
      maximumVersion: 'TLSv1.2',
      cipherSuites: ['ECDHE-ECDSA-AES128-GCM-SHA256'],
    });
    expect(old.tls.cipher).toBe('TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256');
    const error = await failureOf(secured(port, { cipherSuites: ['NONE-SUCH'] }));
    expect(error.message).toContain('cipher suites "NONE-SUCH" are unknown');
  });

  it('is the stated groups', async () => {
    const { port } = await secureServer({ ecdhCurve: 'P-384:P-256' }, greet);
    const channel = await secured(port, { groups: ['P-384'] });
    expect(channel.tls.errors).toEqual([]);
    const error = await failureOf(secured(port, { groups: ['X25519'] }));
    expect(error.code).toBe('tls-handshake-failed');
    const unknown = await failureOf(secured(port, { groups: ['NONE-SUCH'] }));
    expect(unknown.message).toContain('groups "NONE-SUCH" are unknown');
  });

  it('is the stated signature algorithms', async () => {
    const { port } = await secureServer({}, greet);
    const channel = await secured(port, { signatureAlgorithms: ['ecdsa_secp256r1_sha256'] });
    expect(channel.tls.errors).toEqual([]);
    const error = await failureOf(secured(port, { signatureAlgorithms: ['rsa_pss_rsae_sha256'] }));
    expect(error.code).toBe('tls-handshake-failed');
  });
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'a key that both sides know, over %s,',
  (version) => {
    const key = Buffer.from('0123456789abcdef0123456789abcdef');
    const serve = (): ReturnType<typeof secureServer> =>
      secureServer(
        {
          minVersion: version,
          maxVersion: version,
          ciphers: 'PSK+AESGCM:TLS_AES_128_GCM_SHA256',
          pskCallback: (_socket, identity) => (identity === 'me' ? key : null),
          pskIdentityHint: 'who',
        },
        greet,
      );
    const offered = {
      maximumVersion: version,
      cipherSuites: ['PSK-AES128-GCM-SHA256', 'TLS_AES_128_GCM_SHA256'],
    } as const;

    it('needs no certificate', async () => {
      const { port } = await serve();
      const channel = await secured(port, { ...offered, preSharedKey: { identity: 'me', key } });
      expect(channel.tls).toMatchObject({ protocol: version, errors: [], peerChain: [] });
      expect((await readBytes(channel)).toString()).toBe('content');
    });

    it('may be named when it is asked for', async () => {
      const { port } = await serve();
      const channel = await secured(port, {
        ...offered,
        preSharedKey: () => ({ identity: 'me', key }),
      });
      expect((await readBytes(channel)).toString()).toBe('content');
    });

    it('that is wrong, or that a function fails to name, fails the handshake', async () => {
      const { port } = await secureServer(
        {
          minVersion: version,
          maxVersion: version,
          ciphers: 'PSK+AESGCM:TLS_AES_128_GCM_SHA256',
          pskCallback: () => key,
        },
        greet,
      );
      const wrong = { identity: 'me', key: Buffer.alloc(32) };
      const error = await failureOf(secured(port, { ...offered, preSharedKey: wrong }));
      expect(error.code).toBe('tls-handshake-failed');
      const failing = (): never => {
        throw new RangeError('no such key');
      };
      const failed = await failureOf(secured(port, { ...offered, preSharedKey: failing }));
      expect(failed.message).toContain('the function that names the shared key failed');
      expect(failed.cause).toBeInstanceOf(RangeError);
    });
  },
);

describe('the verification of the peer', () => {
  it('lists errors and accepts them in the modes "query" and "none"', async () => {
    const { port } = await secureServer({ cert: expired.cert, key: expired.key }, greet);
    for (const peerVerifyMode of ['query', 'none'] as const) {
      const channel = await secured(port, { peerVerifyMode });
      expect(channel.tls.errors).toMatchObject([{ code: 'certificate-expired' }]);
    }
    const error = await failureOf(secured(port, { peerVerifyMode: 'verify' }));
    expect(error.code).toBe('tls-handshake-failed');
  });

  it('goes no deeper than the stated depth', async () => {
    const middle = issue({ subject: 'middle', issuer: authority, authority: {} });
    const leaf = issue({ subject: 'leaf', issuer: middle, names: ['localhost'] });
    const { port } = await secureServer({ cert: leaf.cert, key: leaf.key }, greet);
    expect((await secured(port, { peerVerifyDepth: 2 })).tls.errors).toEqual([]);
    const error = await failureOf(secured(port, { peerVerifyDepth: 1 }));
    expect(error.certificateErrors).toMatchObject([{ code: 'path-length-exceeded' }]);
    expect(error.message).toContain('more certificates below its root than the 1');
    expect(error.message).toContain('the chain is: "leaf" ← "middle" ← "Test CA"');
  });

  it('ignores an error for the stated certificate only', async () => {
    const { port } = await secureServer({ cert: expired.cert, key: expired.key }, greet);
    const code = 'certificate-expired' as const;
    const { raw, fingerprint256 } = expired.certificate;
    for (const certificate of [raw, fingerprint256, fingerprint256.replaceAll(':', '')]) {
      const channel = await secured(port, { ignoreErrors: [{ code, certificate }] });
      expect(channel.tls.errors).toMatchObject([{ code, depth: 0 }]);
    }
    const certificate = localhost.certificate.raw;
    const error = await failureOf(secured(port, { ignoreErrors: [{ code, certificate }] }));
    expect(error.certificateErrors).toMatchObject([{ code }]);
    expect(error.certificateErrors?.[0]?.advice).toContain('renew');
  });

  it('tells the whole chain', async () => {
    const { port } = await secureServer({}, greet);
    const { peerChain = [] } = (await secured(port)).tls;
    expect(peerChain.map((raw) => Buffer.from(raw).equals(localhost.certificate.raw))).toEqual([
      true,
      false,
    ]);
  });
});

describe('a pinned key', () => {
  it('is looked for in the chain, and no "all" ignores that it is not there', async () => {
    const { port } = await secureServer({}, greet);
    for (const { certificate } of [localhost, authority]) {
      const channel = await secured(port, { pinnedPublicKeys: [publicKeyPin(certificate)] });
      expect(channel.tls.errors).toEqual([]);
    }
    const pinnedPublicKeys = [publicKeyPin(expired.certificate)];
    const error = await failureOf(secured(port, { pinnedPublicKeys, ignoreErrors: 'all' }));
    expect(error.certificateErrors).toMatchObject([{ code: 'pin-mismatch' }]);
    const query = secured(port, { pinnedPublicKeys, peerVerifyMode: 'query' });
    expect((await failureOf(query)).certificateErrors).toMatchObject([{ code: 'pin-mismatch' }]);
    const ignored = await secured(port, { pinnedPublicKeys, ignoreErrors: ['pin-mismatch'] });
    expect(ignored.tls.errors).toMatchObject([{ code: 'pin-mismatch' }]);
  });

  it('that is misspelt opens nothing', async () => {
    const { port } = await secureServer({}, greet);
    const error = await failureOf(secured(port, { pinnedPublicKeys: ['sha1/abc'] }));
    expect(error.message).toContain('"sha1/abc" is no pin');
  });

  it('of a certificate holds for just that', async () => {
    const { port } = await secureServer({}, greet);
    const hash = Buffer.from(localhost.certificate.fingerprint256.replaceAll(':', ''), 'hex');
    const pinnedCertificates = [`sha256/${hash.toString('base64')}`];
    expect((await secured(port, { pinnedCertificates })).tls.errors).toEqual([]);
    const other = [`sha256/${Buffer.alloc(32).toString('base64')}`];
    const error = await failureOf(secured(port, { pinnedCertificates: other }));
    expect(error.certificateErrors).toMatchObject([{ code: 'pin-mismatch' }]);
  });
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a stapled OCSP reply, over %s,', (maxVersion) => {
  async function stapling(plan: Partial<ReplyPlan> | undefined): Promise<number> {
    const { cert, key } = localhost;
    const reply = plan && ocspReply({ certificate: localhost, issuer: authority, ...plan });
    const server = createServer({ cert: cert + authority.cert, key, maxVersion }, greet);
    server.on('OCSPRequest', (_certificate, _issuer, answer) => answer(null, reply ?? null));
    const { port } = await secureServerOf(server);
    return port;
  }

  it('that is good is told', async () => {
    const channel = await secured(await stapling({}), { ocsp: 'require' });
    expect(channel.tls.ocsp).toMatchObject({ state: 'good' });
    expect(channel.tls.errors).toEqual([]);
  });

  it('that says revoked is an error, whether asked for or required', async () => {
    const port = await stapling({ status: 'revoked' });
    for (const ocsp of ['ask', 'require'] as const) {
      const error = await failureOf(secured(port, { ocsp }));
      expect(error.certificateErrors).toMatchObject([{ code: 'certificate-revoked', depth: 0 }]);
    }
    expect((await secured(port)).tls.ocsp).toBeUndefined();
  });

  it.each([
    ['absent', undefined, 'ocsp-no-response-found'],
    ['unknown', { status: 'unknown' as const }, 'ocsp-status-unknown'],
    ['by a stranger', { signer: expired }, 'ocsp-response-cannot-be-trusted'],
    ['about another', { certificate: expired }, 'ocsp-response-cert-id-unknown'],
  ] as const)(
    'that is %s is told when asked for, and an error when required',
    async (_, plan, code) => {
      const port = await stapling(plan);
      const channel = await secured(port, { ocsp: 'ask' });
      expect(channel.tls.errors).toEqual([]);
      expect(channel.tls.ocsp?.state).not.toBe('good');
      const error = await failureOf(secured(port, { ocsp: 'require' }));
      expect(error.certificateErrors).toMatchObject([{ code }]);
    },
  );
});

describe('a certificate that only calls itself the issuer', () => {
  /** What Node takes for the issuer: it has its name and its key's identifier, and is signed by nobody. */
  const posing = posingAs(authority);

  it('vouches for no OCSP reply, is in no chain, and hides no depth', async () => {
    const { cert, key } = localhost;
    const server = createServer({ cert: cert + posing.certificate.toString(), key }, greet);
    const reply = ocspReply({ certificate: localhost, issuer: posing });
    server.on('OCSPRequest', (_certificate, _issuer, answer) => answer(null, reply));
    const { port } = await secureServerOf(server);
    const error = await failureOf(secured(port, { ocsp: 'require' }));
    expect(error.certificateErrors).toMatchObject([{ code: 'ocsp-response-cannot-be-trusted' }]);
    expect((await secured(port)).tls.peerChain).toEqual([localhost.certificate.raw]);
    const deep = await failureOf(secured(port, { peerVerifyDepth: 3 }));
    expect(deep.certificateErrors).toMatchObject([{ code: 'path-length-exceeded' }]);
  });
});

function posingAs(real: Issued): Issued {
  const made = issue({ subject: real.subject, authority: {} });
  const raw = Buffer.from(made.certificate.raw);
  const identifier = keyIdentifier(real.certificate.raw);
  const own = Buffer.from(keyIdentifier(raw));
  for (let at = raw.indexOf(own); at >= 0; at = raw.indexOf(own)) identifier.copy(raw, at);
  return { ...made, certificate: new X509Certificate(raw) };
}

/** Of the extension 2.5.29.14. */
function keyIdentifier(raw: Buffer): Buffer {
  const at = raw.indexOf(Buffer.from('0603551d0e04160414', 'hex')) + 9;
  return raw.subarray(at, at + 20);
}

describe('the key log', () => {
  it('has the secrets of the connection, for its owner only', async () => {
    const { port } = await secureServer({}, greet);
    const keyLogFile = join(folder, 'keys');
    await readBytes(await secured(port, { keyLogFile }));
    expect(readFileSync(keyLogFile, 'latin1')).toMatch(
      /^CLIENT_HANDSHAKE_TRAFFIC_SECRET [\da-f]{64} /mu,
    );
    expect(statSync(keyLogFile).mode & 0o777).toBe(0o600);
  });

  it('that cannot be written fails the connection', async () => {
    const { port } = await secureServer({}, greet);
    const error = await failureOf(secured(port, { keyLogFile: folder }));
    expect(error.message).toContain(`the key log file ${folder} cannot be written`);
  });

  it('is named by the environment on request only', async () => {
    const { port } = await secureServer({}, greet);
    const path = join(folder, 'environment');
    process.env['SSLKEYLOGFILE'] = path;
    try {
      await secured(port);
      expect(() => statSync(path)).toThrow('ENOENT');
      await secured(port, { keyLogFile: true });
      expect(readFileSync(path, 'latin1')).toContain('SERVER_TRAFFIC_SECRET_0');
    } finally {
      delete process.env['SSLKEYLOGFILE'];
    }
    await secured(port, { keyLogFile: true });
  });
});
