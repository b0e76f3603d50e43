import type { Credentials, NetworkErrorCode } from '@netaccess/core';

import { readExactly } from './handshake-reader.ts';
import { parseAddress } from './ip-address.ts';
import { networkFailure } from './network-failure.ts';
import { passwordChallenge } from './proxy-challenge.ts';
import { describeProxy } from './proxy-url.ts';
import { describeTarget, unbracketed } from './target.ts';
import type { OpenTunnel, Refusal, TunnelRequest } from './tunnel.ts';

const VERSION = 5;
const PASSWORD_VERSION = 1;
const COMMAND_CONNECT = 1;
const ADDRESS_V4 = 1;
const ADDRESS_NAME = 3;
const ADDRESS_V6 = 4;
const METHOD_NONE = 0;
const METHOD_PASSWORD = 2;
const METHOD_NOT_ACCEPTED = 0xff;
/** One length byte. */
const MOST_FIELD_BYTES = 255;

/** RFC 1928: asks a SOCKS5 proxy to connect to the target, whose name the proxy resolves; RFC 1929 where it wants user and password. */
export const socks5: OpenTunnel = async (request) => {
  const { channel, credentials } = request;
  const offersPassword = credentials !== undefined || request.mayAsk;
  const methods = offersPassword ? [METHOD_NONE, METHOD_PASSWORD] : [METHOD_NONE];
  const connect = connectCommand(request);
  await channel.write(Uint8Array.of(VERSION, methods.length, ...methods));
  const method = await answerOf(request, VERSION);
  if (method === METHOD_NOT_ACCEPTED) return refusal(request);
  if (!methods.includes(method)) throw malformed(request, `chose method ${method}`);
  if (method === METHOD_PASSWORD) {
    if (credentials === undefined) return refusal(request);
    await channel.write(passwordCommand(credentials));
    if ((await answerOf(request, PASSWORD_VERSION)) !== 0) return refusal(request);
  }
  await channel.write(connect);
  await readReply(request);
  return undefined;
};

/** Two bytes: a version, and what is said. */
async function answerOf(request: TunnelRequest, version: number): Promise<number> {
  const [first, second = 0] = await read(request, 2);
  if (first !== version) throw malformed(request, 'does not speak SOCKS5');
  return second;
}

async function readReply(request: TunnelRequest): Promise<void> {
  const [version, reply = 0, , kind = 0] = await read(request, 4);
  if (version !== VERSION) throw malformed(request, 'does not speak SOCKS5');
  if (reply !== 0) throw refused(request, reply);
  // The bound address says nothing to us, but must be out of the way.
  if (kind === ADDRESS_V4) await read(request, 4 + 2);
  else if (kind === ADDRESS_V6) await read(request, 16 + 2);
  else if (kind === ADDRESS_NAME) await read(request, ((await read(request, 1))[0] ?? 0) + 2);
  else throw malformed(request, `sent an address of kind ${kind}`);
}

function read(request: TunnelRequest, length: number): Promise<Uint8Array> {
  return readExactly(request.channel, length, () =>
    networkFailure(
      'proxy-connection-closed',
      `${way(request)}: the proxy closed the connection before it answered`,
      { temporary: true },
    ),
  );
}

function connectCommand(request: TunnelRequest): Uint8Array {
  const { host, port } = request.target;
  const address = parseAddress(unbracketed(host));
  const where = address === undefined ? field(host, 'host name') : address.bytes;
  const kind =
    address === undefined ? ADDRESS_NAME : address.family === 4 ? ADDRESS_V4 : ADDRESS_V6;
  return Uint8Array.of(VERSION, COMMAND_CONNECT, 0, kind, ...where, port >> 8, port & 0xff);
}

function passwordCommand({ user = '', password = '' }: Credentials): Uint8Array {
  return Uint8Array.of(
    PASSWORD_VERSION,
    ...field(user, 'user name for the proxy'),
    ...field(password, 'password for the proxy'),
  );
}

function field(text: string, what: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= MOST_FIELD_BYTES) return Uint8Array.of(bytes.length, ...bytes);
  throw networkFailure(
    'protocol-invalid-operation',
    `the ${what} has ${bytes.length} bytes; SOCKS5 carries ${MOST_FIELD_BYTES}`,
  );
}

function refusal(request: TunnelRequest): Refusal {
  const wants = 'SOCKS5 user and password';
  return request.mayAsk ? { challenge: passwordChallenge(request.proxy), wants } : { wants };
}

/** RFC 1928 §6, as far as Qt's words go. */
const replies: readonly (readonly [code: NetworkErrorCode, text: string])[] = [
  ['unknown-proxy', 'nothing'],
  ['unknown-proxy', 'general failure'],
  ['content-access-denied', 'connection not allowed'],
  ['temporary-network-failure', 'network unreachable'],
  ['host-not-found', 'host unreachable'],
  ['connection-refused', 'connection refused'],
  ['timeout', 'TTL expired'],
  ['unknown-proxy', 'command not supported'],
  ['unknown-proxy', 'address type not supported'],
];

function refused(request: TunnelRequest, reply: number): Error {
  const [code, text] = replies[reply] ?? ['unknown-proxy', 'unknown reply'];
  return networkFailure(code, `${way(request)}: ${text} (SOCKS5 reply ${reply})`, {
    temporary: code === 'temporary-network-failure' || code === 'timeout',
  });
}

function malformed(request: TunnelRequest, what: string): Error {
  return networkFailure('unknown-proxy', `${way(request)}: the proxy ${what}`);
}

function way({ target, proxy }: TunnelRequest): string {
  return `no way to ${describeTarget(target)} through ${describeProxy(proxy)}`;
}
