import type { Credentials } from '@netaccess/core';

import type { Target } from './contract.ts';
import { networkFailure } from './network-failure.ts';
import { checkTarget, unbracketed } from './target.ts';

const defaultPorts: Readonly<Record<string, number>> = {
  'http:': 80,
  'socks5:': 1080,
  'socks5h:': 1080,
};

/** The proxy's URL without user and password: what messages and replies may show. */
export function describeProxy(proxy: URL): string {
  return `${proxy.protocol}//${proxy.host}`;
}

/** Where the proxy listens. Throws for a scheme that no proxy of this package speaks. */
export function proxyTarget(proxy: URL): Target {
  const port = defaultPorts[proxy.protocol];
  if (port === undefined) {
    throw networkFailure(
      'unknown-proxy',
      `cannot use the proxy ${describeProxy(proxy)}: its scheme must be http, socks5 or socks5h`,
    );
  }
  const host = unbracketed(decoded(proxy.hostname));
  const target = { host, port: proxy.port === '' ? port : Number(proxy.port) };
  checkTarget(target);
  return target;
}

/** User and password that stand in the proxy's URL. */
export function proxyUserinfo(proxy: URL): Credentials | undefined {
  if (proxy.username === '' && proxy.password === '') return undefined;
  return { user: decoded(proxy.username), password: decoded(proxy.password) };
}

/** As the URL standard percent-decodes: a percent sign that begins no escape means itself. */
function decoded(part: string): string {
  return part.replaceAll(/(?:%[\da-f]{2})+/giu, (escapes) =>
    utf8.decode(Uint8Array.from(escapes.slice(1).split('%'), (byte) => Number.parseInt(byte, 16))),
  );
}

const utf8 = new TextDecoder();
