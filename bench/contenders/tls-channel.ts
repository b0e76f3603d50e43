import { nodeTls } from '@netaccess/tls';
import type { SecureChannel, TlsOptions } from '@netaccess/transport';
import { tcpConnector } from '@netaccess/transport/node';

import { contend, viewsOf } from '../contender.ts';

// A secured channel of this project. What the URL's hash names is listened for.

const nothing = (): void => undefined;
const observed = { onAlertReceived: nothing, onAlertSent: nothing };
const ways: Readonly<Record<string, TlsOptions>> = {
  '#observed': observed,
  '#interruptible': { ...observed, handshakeMustInterruptOnError: true },
};
const connector = tcpConnector();
let tls = nodeTls();

async function connected({ hostname, port, hash }: URL): Promise<SecureChannel> {
  const plain = await connector.connect({ host: hostname, port: Number(port) }, {});
  return tls.secure(plain, ways[hash] ?? {});
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

contend({
  prepare({ ca }) {
    tls = nodeTls({ ca });
  },
  async download(url) {
    const where = new URL(url);
    const channel = await connected(where);
    await channel.write(bytesOf(`GET ${where.pathname} HTTP/1.1\r\nHost: bench\r\n\r\n`));
    const wanted = Number(where.pathname.split('/').at(-1));
    let bytes = 0;
    while (bytes < wanted) {
      const view = await channel.readPointer();
      bytes += view.length;
      channel.advanceReadPointer(view.length);
    }
    await channel.close();
    return bytes;
  },
  async upload(url, body) {
    const where = new URL(url);
    const channel = await connected(where);
    const head = `PUT ${where.pathname} HTTP/1.1\r\nContent-Length: ${body.bytes}\r\n\r\n`;
    await channel.write(bytesOf(head));
    for (const view of viewsOf(body)) await channel.write(view);
    await channel.readPointer();
    await channel.close();
  },
  async getMany(url, count) {
    const where = new URL(url);
    for (let left = count; left > 0; left -= 1) await (await connected(where)).close();
    return count;
  },
});
