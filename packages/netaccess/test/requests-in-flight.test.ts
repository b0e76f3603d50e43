import { createServer, type AddressInfo } from 'node:net';

import { certificates, httpServer } from '@netaccess/test-servers';
import type { InterruptedHandshake, TlsPlace } from '@netaccess/transport';
import { describe, expect, it, onTestFinished } from 'vitest';

import { createManager } from '../src/manager.ts';

const made = certificates();

async function secureUrl(path: string): Promise<URL> {
  const server = await httpServer({ tls: made.localhost });
  onTestFinished(() => server.close());
  return server.url(path);
}

const pathsOf = ({ requests }: TlsPlace): readonly string[] =>
  requests.map(({ url }) => url.pathname);

describe('an alert that a server sent', () => {
  it('is on the cause of the error, listened for or not', async () => {
    const refusing = createServer((socket) => {
      socket.on('error', () => undefined);
      // fatal certificate_required
      socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 116])));
    });
    onTestFinished(() => void refusing.close());
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    const { port } = refusing.address() as AddressInfo;
    for (const onAlertReceived of [undefined, () => undefined]) {
      await using manager = createManager({ tls: { onAlertReceived } });
      const error = await manager
        .get(`https://127.0.0.1:${port}/`)
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'tls-handshake-failed',
        cause: { alert: { name: 'certificate_required', number: 116, level: 'fatal' } },
      });
    }
  });
});

describe('reports about TLS of a manager', () => {
  it('name the origin and the requests that are under way', async () => {
    const places: TlsPlace[] = [];
    const paths: (readonly string[])[] = [];
    const url = await secureUrl('/bytes/10');
    await using manager = createManager({
      tls: {
        ca: made.ca.cert,
        onAlertReceived(_alert, place) {
          places.push(place);
          paths.push(pathsOf(place));
        },
      },
    });
    const options = { headers: { Connection: 'close' } };
    expect(await (await manager.get(url, options)).bytes()).toHaveLength(10);
    await manager.clearConnections();
    expect(places).toHaveLength(1);
    expect(places[0]).toMatchObject({ origin: url.origin, serverName: '127.0.0.1' });
    expect(paths[0]?.length).toBeLessThanOrEqual(1);
  });

  it('forget a request that is over, however it ended', async () => {
    const asked: (readonly string[])[] = [];
    const url = await secureUrl('/bytes/10');
    await using manager = createManager({
      tls: {
        onHandshakeInterrupted(handshake: InterruptedHandshake) {
          asked.push(pathsOf(handshake));
          return asked.length > 1;
        },
      },
    });
    await expect(manager.get(new URL('/bytes/1', url))).rejects.toThrow('unknown issuer');
    const reply = await manager.get(new URL('/bytes/2', url));
    expect(reply.attributes?.secured).toBe('unverified');
    expect(reply.attributes?.tls?.errors.map(({ code }) => code)).toContain(
      'unable-to-get-local-issuer-certificate',
    );
    await reply.close();
    await manager.clearConnections();
    await (await manager.get(new URL('/bytes/3', url))).close();
    expect(asked).toEqual([['/bytes/1'], ['/bytes/2'], ['/bytes/3']]);
  });

  it('are what fails a request when their function throws, and no other', async () => {
    const url = await secureUrl('/bytes/10');
    await using manager = createManager({
      tls: {
        handshakeMustInterruptOnError: true,
        onAlertSent: () => {
          throw new Error('thrown by the caller');
        },
      },
    });
    await expect(manager.get(url)).rejects.toThrow('thrown by the caller');
    const trusting = { originAttributes: { tls: { ca: made.ca.cert } } };
    const reply = await manager.get(url, trusting);
    expect(await reply.bytes()).toHaveLength(10);
  });
});
