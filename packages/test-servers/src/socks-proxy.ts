import { createServer, type Server, type Socket } from 'node:net';

import type { ProxyBook } from './proxy-book.ts';

const version = 5;
const noMethod = 0xff;
const addressIPv4 = 1;
const addressName = 3;
const addressIPv6 = 4;
const succeeded = 0;
const generalFailure = 1;
const connectionRefused = 5;
const commandNotSupported = 7;

/** Tunnels what SOCKS5's CONNECT names (RFC 1928), after user and password (RFC 1929) where users are known. */
export function socksProxy(book: ProxyBook): Server {
  return createServer({ allowHalfOpen: true }, (near) => {
    near.on('error', () => undefined);
    converse(book, near).catch(() => {
      near.destroy();
    });
  });
}

async function converse(book: ProxyBook, near: Socket): Promise<void> {
  const user = await admitted(book, near);
  if (user === false) {
    near.end();
    return;
  }
  const [, command] = await take(near, 3);
  const host = await takeHost(near);
  const port = (await take(near, 2)).readUInt16BE();
  if (command !== 1) {
    near.end(answer(commandNotSupported));
    return;
  }
  try {
    const far = await book.open(host, port);
    book.passed.push({ how: 'socks5', target: `${host}:${port}`, user });
    near.write(answer(succeeded));
    book.join(near, far);
  } catch (error) {
    book.refused += 1;
    const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
    near.end(answer(refused ? connectionRefused : generalFailure));
  }
}

/** The user that is let in, `undefined` where nobody is asked, or false; then everything is said. */
async function admitted(book: ProxyBook, near: Socket): Promise<string | undefined | false> {
  const [spoken, count = 0] = await take(near, 2);
  const methods = await take(near, count);
  const wanted = book.asksForUser ? 2 : 0;
  if (spoken !== version || !methods.includes(wanted)) {
    book.refused += 1;
    near.write(Buffer.of(version, noMethod));
    return false;
  }
  near.write(Buffer.of(version, wanted));
  if (!book.asksForUser) return undefined;
  await take(near, 1);
  const user = await takeCounted(near);
  const password = await takeCounted(near);
  const lets = book.lets(user, password);
  near.write(Buffer.of(1, lets ? 0 : 1));
  if (lets) return user;
  book.refused += 1;
  return false;
}

async function takeHost(near: Socket): Promise<string> {
  const [type] = await take(near, 1);
  if (type === addressName) return takeCounted(near);
  if (type === addressIPv4) return (await take(near, 4)).join('.');
  if (type !== addressIPv6) throw new Error(`address type ${type}`);
  const address = await take(near, 16);
  return Array.from({ length: 8 }, (_, group) => address.readUInt16BE(group * 2).toString(16)).join(
    ':',
  );
}

async function takeCounted(near: Socket): Promise<string> {
  const [length = 0] = await take(near, 1);
  return (await take(near, length)).toString();
}

/** The next `length` bytes; what follows them stays in the socket. */
async function take(near: Socket, length: number): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0);
  for (;;) {
    const bytes: unknown = near.read(length);
    if (Buffer.isBuffer(bytes) && bytes.length === length) return bytes;
    if (near.readableEnded || near.destroyed) throw new Error('the other side ended too early');
    await new Promise<void>((resolve) => {
      const done = (): void => {
        for (const event of ['readable', 'end', 'close']) near.off(event, done);
        resolve();
      };
      for (const event of ['readable', 'end', 'close']) near.on(event, done);
    });
  }
}

/** The bound address is not told: zeros, as most proxies do. */
function answer(code: number): Buffer {
  return Buffer.of(version, code, 0, addressIPv4, 0, 0, 0, 0, 0, 0);
}
