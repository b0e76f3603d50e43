import {
  createServer,
  request as sendRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';

import type { ProxyBook } from './proxy-book.ts';

const challenge = 'Basic realm="proxy", charset="UTF-8"';

/** Forwards requests in absolute form, and tunnels what CONNECT names (RFC 9110 §9.3.6). */
export function httpProxy(book: ProxyBook): Server {
  const server = createServer((request, reply) => {
    forward(book, request, reply);
  });
  server.on('connect', (request: IncomingMessage, near: Socket, head: Buffer) => {
    near.on('error', () => undefined);
    void tunnel(book, request, near, head);
  });
  server.keepAliveTimeout = 0;
  return server;
}

function forward(book: ProxyBook, request: IncomingMessage, reply: ServerResponse): void {
  const user = admitted(book, request);
  if (user === false) {
    reply.writeHead(407, { 'proxy-authenticate': challenge }).end('who are you?');
    return;
  }
  if (!URL.canParse(request.url ?? '')) {
    book.refused += 1;
    reply.writeHead(400).end('not in absolute form');
    return;
  }
  const url = new URL(request.url ?? '');
  const { 'proxy-authorization': _, 'proxy-connection': __, ...headers } = request.headers;
  const onward = sendRequest({
    host: book.resolve(url.hostname),
    port: url.port || 80,
    path: url.pathname + url.search,
    method: request.method,
    headers,
    agent: false,
  });
  onward.once('response', (answer) => {
    book.passed.push({ how: 'forward', target: url.host, user });
    reply.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders);
    pipeline(answer, reply, () => undefined);
  });
  onward.once('error', (error) => {
    book.refused += 1;
    if (!reply.headersSent) reply.writeHead(502).end(error.message);
  });
  reply.once('close', () => onward.destroy());
  pipeline(request, onward, () => undefined);
}

async function tunnel(
  book: ProxyBook,
  request: IncomingMessage,
  near: Socket,
  head: Buffer,
): Promise<void> {
  const user = admitted(book, request);
  if (user === false) {
    near.end(
      `HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: ${challenge}\r\nContent-Length: 0\r\n\r\n`,
    );
    return;
  }
  const target = request.url ?? '';
  const { hostname, port } = new URL(`http://${target}`);
  try {
    const far = await book.open(hostname.replaceAll(/^\[|\]$/g, ''), Number(port || 80));
    book.passed.push({ how: 'tunnel', target, user });
    near.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) near.unshift(head);
    book.join(near, far);
  } catch (error) {
    book.refused += 1;
    near.end(`HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nX-Reason: ${String(error)}\r\n\r\n`);
  }
}

/** The user that is let in, `undefined` where nobody is asked, or false. */
function admitted(book: ProxyBook, request: IncomingMessage): string | undefined | false {
  if (!book.asksForUser) return undefined;
  const [scheme = '', token = ''] = (request.headers['proxy-authorization'] ?? '').split(' ');
  const [user = '', ...password] = Buffer.from(token, 'base64').toString().split(':');
  if (scheme.toLowerCase() === 'basic' && book.lets(user, password.join(':'))) return user;
  book.refused += 1;
  return false;
}
