import { certificates } from '@netaccess/test-servers';
import type { TlsAlert, TlsAlertName, TlsOptions, TlsPlace } from '@netaccess/transport';
import { describe, expect, it } from 'vitest';

import { describeAlert } from '../../../src/alerts/alert-registry.ts';
import { alertIn, opensslIsThere, opensslServer } from '../../fixtures/openssl-server.ts';
import type { OpensslServer } from '../../fixtures/openssl-server.ts';
import { failureOf, readBytes, secured, secureServer } from '../../fixtures/secure-server.ts';
import type { Failure } from '../../fixtures/secure-server.ts';

const made = certificates();
const bothVersions = ['TLSv1.2', 'TLSv1.3'] as const;
const flagOf = { 'TLSv1.2': '-tls1_2', 'TLSv1.3': '-tls1_3' } as const;

type Shown = Pick<TlsAlert, 'direction' | 'name' | 'level' | 'encrypted' | 'phase'>;

/** Options that keep what they are told. */
function watching(): { alerts: Shown[]; places: TlsPlace[]; options: TlsOptions } {
  const alerts: Shown[] = [];
  const places: TlsPlace[] = [];
  const take = (alert: TlsAlert, place: TlsPlace): void => {
    const { direction, name, level, encrypted, phase } = alert;
    alerts.push({ direction, name, level, encrypted, phase });
    places.push(place);
  };
  return { alerts, places, options: { onAlertSent: take, onAlertReceived: take } };
}

/** What a failed handshake, or the first read after it, rejects with. */
async function refusalOf(port: number, options: TlsOptions): Promise<Failure> {
  return failureOf(secured(port, options).then((channel) => readBytes(channel)));
}

/** The alert that a failure was caused by. */
function causeOf({ cause }: Failure): unknown {
  return cause instanceof Error && 'alert' in cause ? cause.alert : undefined;
}

interface Refused {
  readonly name: string;
  readonly words: readonly string[];
  readonly options?: TlsOptions;
  readonly alerts: Readonly<Record<(typeof bothVersions)[number], TlsAlertName>>;
  /** Whether OpenSSL says it before it has keys. */
  readonly early?: boolean;
}

const asking = ['-CAfile', 'ca.pem', '-verify_return_error'];
const shown = (identity: { cert: string; key: string }): TlsOptions => ({
  certificate: identity.cert,
  key: identity.key,
});

const situations: readonly Refused[] = [
  {
    name: 'wants a certificate and gets none',
    words: ['-Verify', '1', ...asking],
    alerts: { 'TLSv1.2': 'handshake_failure', 'TLSv1.3': 'certificate_required' },
  },
  {
    name: 'does not know the issuer of the certificate of this side',
    words: ['-Verify', '1', ...asking],
    options: shown(made.unknownIssuer),
    alerts: { 'TLSv1.2': 'unknown_ca', 'TLSv1.3': 'unknown_ca' },
  },
  {
    name: 'finds the certificate of this side expired',
    words: ['-Verify', '1', '-purpose', 'any', ...asking],
    options: shown(made.expired),
    alerts: { 'TLSv1.2': 'certificate_expired', 'TLSv1.3': 'certificate_expired' },
  },
  {
    name: 'finds that the certificate of this side is for servers',
    words: ['-Verify', '1', ...asking],
    options: shown(made.localhost),
    alerts: { 'TLSv1.2': 'unsupported_certificate', 'TLSv1.3': 'unsupported_certificate' },
  },
  {
    name: 'speaks none of the offered protocols',
    words: ['-alpn', 'spdy/3'],
    options: { alpn: ['h2'] },
    alerts: { 'TLSv1.2': 'no_application_protocol', 'TLSv1.3': 'no_application_protocol' },
    early: true,
  },
  {
    name: 'does not know the name',
    words: [
      '-servername',
      'other.test',
      '-servername_fatal',
      '-cert2',
      'leaf.pem',
      '-key2',
      'leaf.key',
    ],
    alerts: { 'TLSv1.2': 'unrecognized_name', 'TLSv1.3': 'unrecognized_name' },
    early: true,
  },
  {
    name: 'shares no cipher',
    words: ['-cipher', 'ECDHE-ECDSA-AES256-GCM-SHA384', '-ciphersuites', 'TLS_AES_256_GCM_SHA384'],
    options: { cipherSuites: ['ECDHE-ECDSA-AES128-GCM-SHA256', 'TLS_AES_128_GCM_SHA256'] },
    alerts: { 'TLSv1.2': 'handshake_failure', 'TLSv1.3': 'handshake_failure' },
    early: true,
  },
];

/** What OpenSSL says that it sent. */
async function logged(server: OpensslServer, from: number): Promise<string | undefined> {
  const number = alertIn(await server.says(/>>> [^\n]*Alert[^\n]*\n[^\n]+\n/u, from), '>>>');
  return number === undefined ? undefined : describeAlert(number).name;
}

describe.skipIf(!opensslIsThere)('a server', () => {
  describe.each(bothVersions)('%s', (version) => {
    it.for(situations)('that $name says so by an alert', async (situation) => {
      const words = [flagOf[version], ...situation.words];
      const server = await opensslServer(made.localhost, words, { 'ca.pem': made.ca.cert });
      const { alerts, options } = watching();
      const from = server.text().length;
      const error = await refusalOf(server.port, { ...options, ...situation.options });
      const expected = situation.alerts[version];
      expect(await logged(server, from)).toBe(expected);
      const encrypted = version === 'TLSv1.3' && situation.early !== true;
      const received = { direction: 'received', name: expected, level: 'fatal', encrypted };
      expect(alerts.filter(({ direction }) => direction === 'received')).toMatchObject([received]);
      expect(error.code).toBe('tls-handshake-failed');
      expect(error.message).toContain(`the server sent ${expected}`);
      expect(causeOf(error)).toMatchObject({ name: expected, level: 'fatal' });
    });

    it.for(situations)(
      'that $name is understood as well where nobody listens',
      async ({ words, options, alerts }) => {
        const all = [flagOf[version], ...words];
        const server = await opensslServer(made.localhost, all, { 'ca.pem': made.ca.cert });
        const error = await refusalOf(server.port, options ?? {});
        expect(error.message).toContain(`the server sent ${alerts[version]}`);
        expect(causeOf(error)).toMatchObject({ name: alerts[version], level: 'fatal' });
      },
    );

    it('that shares no version says so', async () => {
      const other = version === 'TLSv1.2' ? 'TLSv1.3' : 'TLSv1.2';
      const server = await opensslServer(made.localhost, [flagOf[other]]);
      const { alerts, options } = watching();
      const limits = { minimumVersion: version, maximumVersion: version };
      const error = await refusalOf(server.port, { ...options, ...limits });
      expect(alerts).toMatchObject([
        { direction: 'received', name: 'protocol_version', level: 'fatal', encrypted: false },
      ]);
      expect(error.message).toContain(`protocol versions do not match: ${version} was offered`);
    });

    it('and this side say goodbye, after all that was sent before', async () => {
      const { port } = await secureServer({ maxVersion: version }, (socket) => {
        socket.once('data', () => socket.end('x'.repeat(100_000)));
      });
      const { alerts, places, options } = watching();
      const read: number[] = [];
      const channel = await secured(port, {
        ...options,
        onAlertReceived(alert, place) {
          options.onAlertReceived?.(alert, place);
          read.push(alerts.length);
        },
      });
      await channel.write(Buffer.from('hello'));
      expect(await readBytes(channel)).toHaveLength(100_000);
      await channel.end();
      const goodbye = { name: 'close_notify', level: 'warning', encrypted: true };
      expect(alerts).toMatchObject([
        { direction: 'received', phase: 'connected', ...goodbye },
        { direction: 'sent', phase: 'connected', ...goodbye },
      ]);
      expect(places[0]).toMatchObject({
        peer: { host: 'localhost', port },
        serverName: 'localhost',
        origin: undefined,
        requests: [],
      });
      expect(await channel.wasCutOff()).toBe(false);
    });
  });

  it('that refuses a certificate of TLS 1.3 is heard after the handshake, when it is read', async () => {
    const words = ['-tls1_3', '-Verify', '1', ...asking];
    const server = await opensslServer(made.localhost, words, { 'ca.pem': made.ca.cert });
    const { alerts, options } = watching();
    const channel = await secured(server.port, options);
    const error = await failureOf(Promise.resolve(channel.readPointer()));
    expect(error.message).toContain('the server sent certificate_required: it wants a certificate');
    expect(alerts).toMatchObject([{ name: 'certificate_required', phase: 'connected' }]);
  });
});

describe('what a function throws', () => {
  it('in a handshake fails that, whole', async () => {
    const { port } = await secureServer({ ALPNProtocols: ['spdy/3'] });
    const thrown = new Error('thrown by the caller');
    const onAlertReceived = (): never => {
      throw thrown;
    };
    expect(await failureOf(secured(port, { alpn: ['h2'], onAlertReceived }))).toBe(thrown);
  });

  it('late, as asynchronous functions do, fails the channel, too', async () => {
    const { port } = await secureServer({}, (socket) => {
      socket.once('data', () => socket.end('some'));
    });
    const thrown = new Error('thrown by the caller');
    const onAlertReceived = (): Promise<never> => Promise.reject(thrown);
    const channel = await secured(port, { onAlertReceived });
    await channel.write(Buffer.from('hello'));
    expect((await readBytes(channel, 4)).toString()).toBe('some');
    const later = readBytes(channel).then(() => channel.write(Buffer.from('x')));
    expect(await failureOf(later)).toBe(thrown);
  });

  it('afterwards fails the reads and writes of its channel', async () => {
    const { port } = await secureServer({}, (socket) => {
      socket.once('data', () => socket.end('some'));
    });
    const thrown = new Error('thrown by the caller');
    const onAlertReceived = (): never => {
      throw thrown;
    };
    const channel = await secured(port, { onAlertReceived });
    await channel.write(Buffer.from('hello'));
    expect((await readBytes(channel, 4)).toString()).toBe('some');
    expect(await failureOf(readBytes(channel))).toBe(thrown);
    expect(channel.open).toBe(false);
  });
});
