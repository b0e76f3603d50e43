import { once } from 'node:events';

import { describe, expect, it } from 'vitest';

import { alertNumber, describeAlert } from '../../src/alerts/alert-registry.ts';
import { TlsObserver } from '../../src/alerts/observer.ts';
import { brief, connected, ended, linesFirst, observe, told } from './fixtures/recording.ts';
import type { Passed, RecordingOptions } from './fixtures/recording.ts';

const nothing = new Uint8Array(0);

const tls13 = { minVersion: 'TLSv1.3' } as const;
const tls12 = { maxVersion: 'TLSv1.2' } as const;
const everyByte = (bytes: Uint8Array): readonly Uint8Array[] =>
  Array.from(bytes, (byte) => Uint8Array.of(byte));

/** Each way to protect records that Node has, in each version. The last of the list lets OpenSSL take the ones it finds weak. */
const protections: readonly (readonly [string, RecordingOptions])[] = [
  ...[
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_CCM_SHA256',
    'TLS_AES_128_CCM_8_SHA256',
  ].map((suite) => {
    const ciphers = `${suite}:ECDHE-ECDSA-AES128-GCM-SHA256:@SECLEVEL=0`;
    return [suite, { both: { ...tls13, ciphers } }] as const;
  }),
  ...[
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-ECDSA-AES128-SHA256',
    'ECDHE-ECDSA-AES256-SHA384',
    'ECDHE-ECDSA-AES128-SHA',
    'ECDHE-ECDSA-AES256-CCM',
    'ECDHE-ECDSA-AES128-CCM8',
    'ECDHE-ECDSA-NULL-SHA',
  ].map((suite) => [suite, { both: { ...tls12, ciphers: `${suite}:@SECLEVEL=0` } }] as const),
];

describe.each(protections)('the observer of %s', (_name, options) => {
  it('sees both close_notify, encrypted, and loses nothing, however the bytes are split', async () => {
    const { client, server, passed } = await connected(options);
    await told(client, server, 'x'.repeat(17_000));
    await told(server, client, 'y'.repeat(17_000));
    await ended(server, client);
    const ways = [
      observe(passed),
      observe(passed, { split: everyByte }),
      observe(linesFirst(passed)),
      observe(passed, { keyLog: 'first', split: everyByte }),
    ];
    for (const { alerts, observer } of ways) {
      expect(observer.lost).toBeUndefined();
      expect(observer.handshakeDone).toBe(true);
      expect(brief(alerts)).toEqual(['received warning close_notify', 'sent warning close_notify']);
      expect(alerts.every(({ encrypted, phase }) => encrypted && phase === 'connected')).toBe(true);
    }
    const other = observe(passed, { role: 'server' });
    expect(brief(other.alerts)).toEqual([
      'sent warning close_notify',
      'received warning close_notify',
    ]);
  });
});

const numbers = Array.from({ length: 256 }, (_, number) => number);

/** An observer that knows what passed so far, of the other side: it can say what that would send. */
const sealerOf = (passed: readonly Passed[]): TlsObserver =>
  observe(passed, { role: 'server' }).observer;

describe('an alert that was sealed', () => {
  it.each([
    ['TLS 1.3', { both: tls13 }],
    ['TLS 1.2, AES-GCM', { both: { ...tls12, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' } }],
    ['TLS 1.2, ChaCha20', { both: { ...tls12, ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' } }],
    ['TLS 1.2, CBC', { both: { ...tls12, ciphers: 'ECDHE-ECDSA-AES128-SHA' } }],
  ])(
    'has the number and level that it was sealed with, for every number: %s',
    async (_n, options) => {
      const { client, server, passed } = await connected(options);
      await told(server, client);
      for (const number of numbers) {
        const { name, text } = describeAlert(number);
        const level = number % 2 === 0 ? 'fatal' : 'warning';
        const bytes = sealerOf(passed).sealAlert(level, name);
        expect(bytes).toBeDefined();
        const { alerts } = observe([...passed, { writer: 'server', bytes: bytes ?? nothing }]);
        const [alert] = alerts;
        const rest = { encrypted: true, phase: 'connected' };
        expect(alerts).toHaveLength(1);
        expect(alert).toEqual({ direction: 'received', level, name, number, text, ...rest });
      }
    },
  );

  it.each([
    ['TLS 1.3', { both: tls13 }],
    ['TLS 1.2', { both: tls12 }],
    [
      'TLS 1.2, encrypted before its MAC',
      { both: { ...tls12, ciphers: 'ECDHE-ECDSA-AES256-SHA384' } },
    ],
  ])('is what OpenSSL understands it to be: %s', async (_n, options) => {
    for (const name of ['unknown_ca', 'certificate_required', 'access_denied'] as const) {
      const { client, server, passed, inject } = await connected(options);
      await told(server, client);
      const failed = once(client, 'error');
      inject('server', sealerOf(passed).sealAlert('fatal', name) ?? nothing);
      const [error] = await failed;
      expect(String(error)).toContain(`SSL alert number ${alertNumber(name)}`);
    }
  });

  it('is not encrypted before there are keys, and the phase says so', () => {
    const observer = new TlsObserver('client');
    const bytes = observer.sealAlert('fatal', 'internal_error');
    expect(bytes).toEqual(Buffer.of(21, 3, 3, 0, 2, 2, 80));
    expect(observer.sent(bytes ?? nothing)).toMatchObject([
      { offset: 0, alert: { direction: 'sent', number: 80, encrypted: false, phase: 'handshake' } },
    ]);
  });
});

describe('the place of an alert', () => {
  it('is where its record begins in the bytes given, and 0 if that was earlier', () => {
    const alert = Uint8Array.of(21, 3, 3, 0, 2, 1, 90);
    const before = Uint8Array.of(22, 3, 3, 0, 4, 0, 0, 0, 0);
    const observer = new TlsObserver('client');
    expect(observer.received(Buffer.concat([before, alert, before, alert]))).toMatchObject([
      { offset: 9 },
      { offset: 25 },
    ]);
    expect(observer.received(alert.subarray(0, 6))).toBeUndefined();
    expect(observer.received(Buffer.concat([alert.subarray(6), alert]))).toMatchObject([
      { offset: 0 },
      { offset: 1 },
    ]);
  });
});

describe('alerts in TLS 1.2 before any keys', () => {
  const records = (...contents: readonly (readonly number[])[]): Uint8Array =>
    Buffer.concat(contents.map((content) => Buffer.of(21, 3, 3, 0, content.length, ...content)));
  const seen = (bytes: Uint8Array): readonly number[] =>
    (new TlsObserver('client').received(bytes) ?? []).map(({ alert }) => alert.number);

  it('may share a record or be split between two (RFC 5246 §6.2.1)', () => {
    expect(seen(records([1, 90, 2, 40]))).toEqual([90, 40]);
    expect(seen(records([2], [40]))).toEqual([40]);
    expect(seen(records([1, 90, 2], [40]))).toEqual([90, 40]);
  });
  it('are none if what is there cannot be a list of alerts', () => {
    expect(seen(records([1, 90, 7, 40]))).toEqual([]);
    expect(seen(records([]))).toEqual([]);
    expect(seen(records(Array.from({ length: 100 }, () => 1)))).toEqual([]);
  });
  it('have the level "unknown" if it is none of the two', () => {
    const [sighting] = new TlsObserver('client').received(records([3, 40])) ?? [];
    expect(sighting?.alert).toMatchObject({ level: 'unknown', name: 'handshake_failure' });
  });
});
