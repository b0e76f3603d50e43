import { constants } from 'node:crypto';
import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';

import { certificates, issue } from '@netaccess/test-servers';
import type { TlsAlert } from '@netaccess/transport';
import { describe, expect, it } from 'vitest';

import {
  brief,
  connected,
  ended,
  linesFirst,
  observe,
  record,
  told,
} from './fixtures/recording.ts';
import type { Passed, Recorded, RecordingOptions } from './fixtures/recording.ts';

const tls13 = { minVersion: 'TLSv1.3' } as const;
const tls12 = { maxVersion: 'TLSv1.2' } as const;
const everyByte = (bytes: Uint8Array): readonly Uint8Array[] =>
  Array.from(bytes, (byte) => Uint8Array.of(byte));

/** What both sides' observers see, in whichever way they are told, if it is the same. */
function seen(passed: readonly Passed[]): readonly TlsAlert[] {
  const replays = [
    observe(passed),
    observe(passed, { split: everyByte }),
    observe(linesFirst(passed)),
    observe(linesFirst(passed), { split: everyByte }),
  ];
  const [first] = replays;
  for (const { alerts, observer } of replays) {
    expect(observer.lost).toBeUndefined();
    expect(alerts.toSorted(bySide)).toEqual(first?.alerts.toSorted(bySide));
  }
  const other = observe(passed, { role: 'server' });
  expect(other.observer.lost).toBeUndefined();
  expect(other.alerts.map(({ number }) => number)).toEqual(
    first?.alerts.map(({ number }) => number),
  );
  return first?.alerts ?? [];
}

/** With lines first, both sides' records may be in another order. */
const bySide = (a: TlsAlert, b: TlsAlert): number => a.direction.localeCompare(b.direction);

/** A handshake that fails; until both sides know. */
async function failed(options: RecordingOptions): Promise<readonly TlsAlert[]> {
  const { client, server, passed } = record(options);
  await Promise.all([gone(client), gone(server)]);
  return seen(passed);
}

async function gone(socket: TLSSocket): Promise<void> {
  // Not by once(), which an error ends before.
  if (!socket.closed) await new Promise<void>((resolve) => socket.on('close', () => resolve()));
}

async function closed({ client, server, passed }: Recorded): Promise<readonly TlsAlert[]> {
  await told(client, server);
  await told(server, client);
  await ended(client, server);
  return seen(passed);
}

const bothClose = ['sent warning close_notify', 'received warning close_notify'];

describe.each([
  ['TLS 1.3', tls13],
  ['TLS 1.2', tls12],
])('the observer of a whole connection, %s', (_name, both) => {
  it('follows the resumption of a session', async () => {
    const ticketKeys = Buffer.alloc(48, 7);
    const first = await connectedWithSession({ both: { ...both, ticketKeys } });
    const again = await connected({ both: { ...both, ticketKeys }, client: { session: first } });
    expect(again.client.isSessionReused()).toBe(true);
    expect(brief(await closed(again))).toEqual(bothClose);
  });

  it('follows a handshake with certificates of both sides', async () => {
    const { cert, key } = certificates().localhost;
    const server = { requestCert: true, ca: certificates().ca.cert, rejectUnauthorized: false };
    const recorded = await connected({ both, server, client: { cert, key } });
    expect(recorded.server.getPeerCertificate().subject).toBeDefined();
    expect(brief(await closed(recorded))).toEqual(bothClose);
  });

  it('follows certificates that are longer than a record', async () => {
    const { cert, key } = issue({
      subject: 'localhost',
      names: Array.from({ length: 900 }, (_, at) => `name-${at}.of-the-certificate.test`),
    });
    const client = { rejectUnauthorized: false };
    const recorded = await connected({ both, client, server: { cert, key } });
    expect(recorded.passed.some((one) => 'bytes' in one && one.bytes.length > 16_000)).toBe(true);
    expect(brief(await closed(recorded))).toEqual(bothClose);
  });

  it('sees that no application protocol is shared', async () => {
    const alerts = await failed({
      both,
      client: { ALPNProtocols: ['one'] },
      server: { ALPNProtocols: ['other'] },
    });
    expect(alerts).toMatchObject([
      {
        direction: 'received',
        name: 'no_application_protocol',
        encrypted: false,
        phase: 'handshake',
      },
    ]);
  });
});

describe('the observer of a TLS 1.3 connection', () => {
  it('follows a HelloRetryRequest', async () => {
    const options = {
      both: tls13,
      client: { ecdhCurve: 'P-384:P-256' },
      server: { ecdhCurve: 'P-256' },
    };
    const recorded = await connected(options);
    expect(recorded.passed.filter(isHello('client', 1))).toHaveLength(2);
    expect(recorded.passed.filter(isHello('server', 2))).toHaveLength(2);
    expect(brief(await closed(recorded))).toEqual(bothClose);
  });

  it('sees in clear what is said before there are keys', async () => {
    const alerts = await failed({
      both: tls13,
      client: { ecdhCurve: 'P-384' },
      server: { ecdhCurve: 'P-256' },
    });
    expect(alerts).toMatchObject([
      { direction: 'received', name: 'handshake_failure', encrypted: false },
    ]);
  });
});

describe('the observer of a TLS 1.2 connection', () => {
  it('follows renegotiations, to the same and to another session', async () => {
    const recorded = await connected({ both: tls12 });
    const { client, server } = recorded;
    await renegotiated(client);
    await told(client, server);
    await renegotiated(client);
    await told(server, client);
    expect(brief(await closed(recorded))).toEqual(bothClose);
  });

  it('sees the refusal of a renegotiation', async () => {
    const server = { secureOptions: constants.SSL_OP_NO_RENEGOTIATION };
    const recorded = await connected({ both: tls12, server });
    recorded.client.renegotiate({}, () => undefined);
    await expect
      .poll(() => brief(seen(recorded.passed)))
      .toEqual(['received warning no_renegotiation', 'sent fatal handshake_failure']);
  });
});

describe('the observer of a handshake that fails', () => {
  it('sees that no version is shared', async () => {
    expect(brief(await failed({ client: tls13, server: tls12 }))).toEqual([
      'received fatal protocol_version',
    ]);
  });
  it('sees that no cipher suite is shared', async () => {
    const client = { ...tls12, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' };
    const server = { ...tls12, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' };
    expect(brief(await failed({ client, server }))).toEqual(['received fatal handshake_failure']);
  });
});

function isHello(writer: string, type: number): (one: Passed) => boolean {
  return (one) =>
    'bytes' in one && one.writer === writer && one.bytes[0] === 22 && one.bytes[5] === type;
}

async function connectedWithSession(options: RecordingOptions): Promise<Buffer> {
  const { client, server } = record(options);
  const session = once(client, 'session');
  await once(client, 'secureConnect');
  await told(client, server);
  server.write('x');
  const [found] = await session;
  client.destroy();
  server.destroy();
  if (!Buffer.isBuffer(found)) throw new TypeError('no session');
  return found;
}

async function renegotiated(client: TLSSocket): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    client.renegotiate({}, (error) => (error === null ? resolve() : reject(error)));
  });
}
