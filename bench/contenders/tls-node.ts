import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';

import { contend, viewsOf } from '../contender.ts';

// `node:tls` as most people use it: read by its "data" events.

let ca = '';

async function connected({ hostname, port }: URL): Promise<TLSSocket> {
  const socket = connect({ host: hostname, port: Number(port), ca });
  socket.setNoDelay(true);
  await once(socket, 'secureConnect');
  return socket;
}

contend({
  prepare(terms) {
    ({ ca } = terms);
  },
  async download(url) {
    const where = new URL(url);
    const socket = await connected(where);
    socket.write(`GET ${where.pathname} HTTP/1.1\r\nHost: bench\r\n\r\n`);
    const wanted = Number(where.pathname.split('/').at(-1));
    let bytes = 0;
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes >= wanted) resolve();
      });
    });
    socket.destroy();
    return bytes;
  },
  async upload(url, body) {
    const where = new URL(url);
    const socket = await connected(where);
    socket.write(`PUT ${where.pathname} HTTP/1.1\r\nContent-Length: ${body.bytes}\r\n\r\n`);
    for (const view of viewsOf(body)) if (!socket.write(view)) await once(socket, 'drain');
    await once(socket, 'data');
    socket.destroy();
  },
  async getMany(url, count) {
    const where = new URL(url);
    for (let left = count; left > 0; left -= 1) (await connected(where)).destroy();
    return count;
  },
});
