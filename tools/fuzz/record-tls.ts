/** `node tools/fuzz/record-tls.ts`: records connections of Node's TLS with itself for the target "tls". Seeds mean others then. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Duplex } from 'node:stream';
import { connect, TLSSocket } from 'node:tls';
import type { ConnectionOptions, TLSSocketOptions } from 'node:tls';

import { certificates } from '@netaccess/test-servers';

import { recordingsFile, type StoredRecording, type Turn } from './tls-recordings.ts';

type Options = ConnectionOptions & TLSSocketOptions;

const suites: readonly (readonly [string, Options])[] = [
  ['TLS 1.3, AES-GCM', { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' }],
  ['TLS 1.3, ChaCha20', { minVersion: 'TLSv1.3', ciphers: 'TLS_CHACHA20_POLY1305_SHA256' }],
  ['TLS 1.3, retry', { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_CCM_SHA256' }],
  ['TLS 1.2, AES-GCM', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }],
  ['TLS 1.2, CBC', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }],
];

function pair(turns: Turn[]): readonly [Duplex, Duplex] {
  const end = (writer: Turn['writer'], peer: () => Duplex): Duplex =>
    new Duplex({
      read: () => undefined,
      write(chunk: Buffer, _encoding, written) {
        const last = turns.at(-1);
        const bytes = Buffer.from(chunk);
        if (last?.writer !== writer) turns.push({ writer, bytes });
        else turns[turns.length - 1] = { writer, bytes: Buffer.concat([last.bytes, bytes]) };
        setImmediate(() => {
          peer().push(bytes);
          written();
        });
      },
      final(finished) {
        setImmediate(() => {
          peer().push(null);
          finished();
        });
      },
    });
  const client: Duplex = end('client', () => server);
  const server: Duplex = end('server', () => client);
  return [client, server];
}

async function record(name: string, options: Options): Promise<StoredRecording> {
  const turns: Turn[] = [];
  const keyLog: string[] = [];
  const [near, far] = pair(turns);
  const { localhost, ca } = certificates();
  const retry = name.includes('retry');
  const curves = (client: string): Options => (retry ? { ecdhCurve: client } : {});
  const { cert, key } = localhost;
  const server = new TLSSocket(far, { isServer: true, cert, key, ...options, ...curves('P-256') });
  const client = connect({
    socket: near,
    servername: 'localhost',
    ca: ca.cert,
    ...options,
    ...curves('P-384:P-256'),
  });
  client.on('keylog', (line: Buffer) => keyLog.push(line.toString('latin1')));
  server.resume();
  client.resume();
  await once(client, 'secureConnect');
  for (const [from, to] of [
    [client, server],
    [server, client],
    [client, server],
  ] as const) {
    from.write(`${name}: some text`);
    await once(to, 'data');
  }
  client.end();
  await once(server, 'end');
  server.end();
  await once(client, 'end');
  return {
    name,
    keyLog,
    turns: turns.map(({ writer, bytes }) => ({ writer, base64: bytes.toString('base64') })),
  };
}

const recordings: StoredRecording[] = [];
for (const [name, options] of suites) recordings.push(await record(name, options));
await writeFile(recordingsFile, `${JSON.stringify(recordings, undefined, 2)}\n`);
