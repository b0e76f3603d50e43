import { Buffer } from 'node:buffer';

import type { HeaderEntry } from '@netaccess/core';
import { basicAuthorization, proxyUserinfo } from '@netaccess/transport';

import { requestHead } from './h1/request-head.ts';
import type { Outgoing } from './outgoing.ts';

const none: readonly HeaderEntry[] = [];

/** The head of a request in HTTP/1.1. `proxy`: it goes in clear to this proxy, which has to be told the whole URL. */
export function http1Request(message: Outgoing, proxy: URL | undefined): Uint8Array {
  const { operation, host, path } = message;
  const framing = framingFields(message);
  const fields = framing.length > 0 ? [...message.fields, ...framing] : message.fields;
  const head =
    proxy === undefined
      ? { operation, target: path, host, fields }
      : {
          operation,
          target: message.origin + path,
          host,
          fields: [...fields, ...proxyFields(message, proxy)],
        };
  return Buffer.from(requestHead(head), 'latin1');
}

/** The fields that frame the body and name the connection's options in HTTP/1.1. */
function framingFields(message: Outgoing): readonly HeaderEntry[] {
  const { length, upload, operation, closes, wantsTrailers } = message;
  const announcesNone = upload === undefined && (operation === 'PUT' || operation === 'POST');
  const says = length !== undefined || upload !== undefined || announcesNone;
  const { upgradeSettings } = message;
  const asks = closes || wantsTrailers || upgradeSettings !== undefined;
  if (!says && !asks && !message.expectsContinue) return none;
  const fields: HeaderEntry[] = [];
  if (length !== undefined) fields.push(['Content-Length', String(length)]);
  else if (upload !== undefined) fields.push(['Transfer-Encoding', 'chunked']);
  else if (announcesNone) fields.push(['Content-Length', '0']);
  if (message.expectsContinue) fields.push(['Expect', '100-continue']);
  const options = [
    closes ? 'close' : '',
    wantsTrailers ? 'TE' : '',
    upgradeSettings === undefined ? '' : 'Upgrade, HTTP2-Settings',
  ].filter(Boolean);
  if (options.length > 0) fields.push(['Connection', options.join(', ')]);
  if (wantsTrailers) fields.push(['TE', 'trailers']);
  if (upgradeSettings !== undefined)
    fields.push(['Upgrade', 'h2c'], ['HTTP2-Settings', upgradeSettings]);
  return fields;
}

/** What a proxy that is told the whole URL gets: the caller's answer to its challenge, else what stands in its own URL. */
function proxyFields(message: Outgoing, proxy: URL): readonly HeaderEntry[] {
  const { proxyAuthorization } = message;
  if (proxyAuthorization !== undefined) return [['Proxy-Authorization', proxyAuthorization]];
  const credentials = proxyUserinfo(proxy);
  return credentials === undefined
    ? []
    : [['Proxy-Authorization', basicAuthorization(credentials)]];
}
