import { issue, certificates } from '@netaccess/test-servers';
import type { SessionSlot, TlsOptions } from '@netaccess/transport';
import { describe, expect, it, vi } from 'vitest';

import { sessionSlot } from '../src/index.ts';
import { openSession, sealSession } from '../src/sessions.ts';
import { ca, failureOf, readBytes, secured, secureServer } from './fixtures/secure-server.ts';

/** One connection after another, each ended by the server, so that late tickets have come. */
async function exchange(port: number, options: TlsOptions, host?: string): Promise<boolean> {
  const channel = await secured(port, options, host);
  expect((await readBytes(channel)).toString()).toBe('content');
  await channel.close();
  return channel.tls.resumed;
}

const serve = (options: Parameters<typeof secureServer>[0] = {}): ReturnType<typeof secureServer> =>
  secureServer(options, (socket) => void socket.end('content'));

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a session slot, over %s,', (maximumVersion) => {
  const versioned = { maximumVersion };

  it('resumes the session of the connection before, as often as it may', async () => {
    const server = await serve();
    const options = { ...versioned, session: sessionSlot() };
    const resumed: boolean[] = [];
    for (let count = 0; count < 4; count += 1) {
      resumed.push(await exchange(server.port, options));
    }
    // A server of Node gives two tickets with a full TLS 1.3 handshake and none with a resumed one.
    const last = maximumVersion === 'TLSv1.2';
    expect(resumed).toEqual([false, true, true, last]);
    expect(server.resumed).toEqual(resumed);
  });

  it('resumes for an address, too', async () => {
    const { port } = await serve();
    const options = { ...versioned, session: sessionSlot() };
    expect(await exchange(port, options, '127.0.0.1')).toBe(false);
    expect(await exchange(port, options, '127.0.0.1')).toBe(true);
  });

  it('says for a resumed connection what was said for the first', async () => {
    const { port } = await serve({ ALPNProtocols: ['http/1.1'] });
    const options = { ...versioned, session: sessionSlot(), alpn: ['http/1.1'] };
    const first = await secured(port, options);
    await readBytes(first);
    const second = await secured(port, options);
    const [leaf] = first.tls.peerChain ?? [];
    // A resumed handshake shows no chain.
    expect(second.tls).toEqual({ ...first.tls, peerChain: [leaf], resumed: true });
  });

  it('is left alone by other names, authorities and identities', async () => {
    const { port } = await serve();
    const slot = sessionSlot();
    const { cert: certificate, key } = certificates().clientIdentity;
    await exchange(port, { ...versioned, session: slot });
    const others: readonly TlsOptions[] = [
      { serverName: '127.0.0.1' },
      { ca: [...ca, certificates().selfSigned.cert] },
      { certificate, key },
      { minimumVersion: maximumVersion },
    ];
    const session = slot.take() ?? new Uint8Array();
    for (const other of others) {
      slot.put(session);
      expect(await exchange(port, { ...versioned, session: slot, ...other })).toBe(false);
    }
  });

  it('does not lead from accepted errors to a connection that accepts none', async () => {
    const { cert, key } = certificates().wrongName;
    const server = await serve({ cert, key });
    const slot = sessionSlot();
    const accepting = {
      ...versioned,
      session: slot,
      ignoreErrors: ['host-name-mismatch'],
    } as const;
    expect(await exchange(server.port, accepting)).toBe(false);
    const error = await failureOf(secured(server.port, { ...versioned, session: slot }));
    expect(error.certificateErrors).toMatchObject([{ code: 'host-name-mismatch' }]);
    expect(server.resumed[1] ?? false).toBe(false);
  });

  it('resumes where the same errors are accepted again, and names them', async () => {
    const { cert, key } = certificates().allWrong;
    const { port } = await serve({ cert, key });
    const options = { ...versioned, session: sessionSlot(), ignoreErrors: 'all' } as const;
    const first = await secured(port, options);
    await readBytes(first);
    const second = await secured(port, options);
    expect(second.tls.resumed).toBe(true);
    expect(new Set(second.tls.errors.map((error) => error.code))).toEqual(
      new Set(first.tls.errors.map((error) => error.code)),
    );
  });

  it('resumes where they are accepted for their certificates only', async () => {
    const { cert, key, certificate } = certificates().selfSigned;
    const { port } = await serve({ cert, key });
    const session = sessionSlot();
    const ignoreErrors = [
      { code: 'self-signed-certificate', certificate: certificate.raw },
    ] as const;
    const options = { ...versioned, session, ignoreErrors };
    expect(await exchange(port, options)).toBe(false);
    expect(await exchange(port, options)).toBe(true);
  });

  it('checks the time of the peer again where another certificate may be late', async () => {
    const late = {
      notBefore: new Date(Date.now() - 9 * 864e5),
      notAfter: new Date(Date.now() - 864e5),
    };
    const above = issue({ subject: 'late', issuer: certificates().ca, authority: {}, ...late });
    const { cert, key } = issue({ subject: 'short', issuer: above, names: ['localhost'] });
    const { port } = await serve({ cert, key });
    const certificate = above.certificate.raw;
    const ignoreErrors = [{ code: 'certificate-expired', certificate }] as const;
    const options = { ...versioned, session: sessionSlot(), ignoreErrors };
    expect(await exchange(port, options)).toBe(false);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3 * 864e5);
    try {
      expect((await failureOf(secured(port, options))).message).toContain('certificate expired on');
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('checks the name again on resumption, which Node does not', async () => {
    const { cert, key } = certificates().wrongName;
    const { port } = await serve({ cert, key });
    const slot = sessionSlot();
    await exchange(port, { ...versioned, session: slot, ignoreErrors: 'all' });
    const sealed = openSession(slot.take() ?? new Uint8Array());
    if (sealed === undefined) throw new Error('no session was put into the slot');
    // As if the one who saved it had found nothing wrong.
    slot.put(sealSession({ ...sealed, accepted: [] }));
    const error = await failureOf(secured(port, { ...versioned, session: slot }));
    expect(error.message).toContain('name mismatch: certificate is for other.test');
  });

  it('checks the time again on resumption', async () => {
    const { cert, key } = issue({
      subject: 'short',
      issuer: certificates().ca,
      names: ['localhost'],
    });
    const { port } = await serve({ cert, key });
    const options = { ...versioned, session: sessionSlot() };
    await exchange(port, options);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3 * 864e5);
    try {
      const error = await failureOf(secured(port, options));
      expect(error.message).toContain('certificate expired on');
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('does no harm with what is not a session of this package', async () => {
    const { port } = await serve();
    for (const bytes of [Buffer.alloc(0), Buffer.from('garbage'), Buffer.alloc(1000, 0x30)]) {
      const slot: SessionSlot = { take: () => bytes, put: () => undefined };
      expect(await exchange(port, { ...versioned, session: slot })).toBe(false);
    }
  });

  it('is empty after a handshake that failed', async () => {
    const { cert, key } = certificates().expired;
    const { port } = await serve({ cert, key });
    const slot = sessionSlot();
    await failureOf(secured(port, { ...versioned, session: slot }));
    expect(slot.take()).toBeUndefined();
  });
});

describe('without a slot', () => {
  it('nothing is resumed', async () => {
    const server = await serve();
    await exchange(server.port, {});
    expect(await exchange(server.port, {})).toBe(false);
  });
});

describe('a slot', () => {
  it('gives the newest first, each once, and keeps four', () => {
    const slot = sessionSlot();
    for (let index = 0; index < 6; index += 1) slot.put(Uint8Array.of(index));
    const taken = Array.from({ length: 5 }, () => slot.take()?.[0]);
    expect(taken).toEqual([5, 4, 3, 2, undefined]);
  });
});

describe('a sealed session', () => {
  const sealed = {
    binding: 'digest localhost',
    accepted: [
      { code: 'certificate-expired', message: 'it expired', certificate: Buffer.from([7]) },
      { code: 'no-peer-certificate', message: 'there is none' },
    ],
    certificate: new Uint8Array([1, 2, 3]),
    session: new Uint8Array([4, 5]),
  } as const;

  it('opens to what it was sealed from', () => {
    const opened = openSession(sealSession(sealed));
    expect(opened).toMatchObject({ binding: sealed.binding, accepted: sealed.accepted });
    expect([...(opened?.certificate ?? [])]).toEqual([1, 2, 3]);
    expect([...(opened?.session ?? [])]).toEqual([4, 5]);
  });

  it('does not open when it is cut anywhere', () => {
    const bytes = sealSession(sealed);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(openSession(bytes.subarray(0, length))).toBeUndefined();
    }
  });
});
