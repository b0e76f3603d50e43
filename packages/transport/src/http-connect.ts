import type { NetworkErrorCode } from '@netaccess/core';

import { readHead } from './handshake-reader.ts';
import { networkFailure } from './network-failure.ts';
import { basicAuthorization, basicChallenge, offeredSchemes } from './proxy-challenge.ts';
import { describeProxy } from './proxy-url.ts';
import { describeTarget } from './target.ts';
import type { OpenTunnel, Refusal, TunnelRequest } from './tunnel.ts';

/** Status line and fields of an answer to CONNECT, interim answers included. */
const MOST_HEAD_BYTES = 16 * 1024;

/** RFC 9110 §9.3.6: asks an HTTP proxy to become a tunnel. */
export const httpConnect: OpenTunnel = async (request) => {
  const { channel, credentials } = request;
  const authority = describeTarget(request.target);
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  if (credentials !== undefined) {
    lines.push(`Proxy-Authorization: ${basicAuthorization(credentials)}`);
  }
  await channel.write(new TextEncoder().encode(`${lines.join('\r\n')}\r\n\r\n`));
  const head = await finalHead(request);
  if (head.status >= 200 && head.status < 300) return undefined;
  if (head.status === 407) return refusalOf(head, request);
  throw refused(head, request);
};

interface AnswerHead {
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

async function finalHead(request: TunnelRequest): Promise<AnswerHead> {
  let left = MOST_HEAD_BYTES;
  for (;;) {
    const text = await readHead(request.channel, left, () => closedEarly(request));
    if (text === undefined) {
      throw malformed(request, `sent more than ${MOST_HEAD_BYTES} bytes before its answer ended`);
    }
    const head = parseHead(text);
    if (head === undefined) throw malformed(request, 'did not answer in HTTP/1.1');
    // 101 would leave HTTP, which nobody asked for.
    if (head.status >= 200 || head.status === 101) return head;
    left -= text.length + 2;
  }
}

const statusLine = /^HTTP\/1\.[01] (?<status>[1-5]\d\d)(?: (?<reason>[\t\x20-\x7e\x80-\xff]*))?$/u;
const fieldLine = /^(?<name>[!#$%&'*+.^_`|~\w-]+):[\t ]*(?<value>[\t\x20-\x7e\x80-\u{ffff}]*)$/u;

/** Strict: a line that is no field, a fold, or a lone CR or LF makes it no answer at all. */
function parseHead(text: string): AnswerHead | undefined {
  const [first = '', ...rest] = text.slice(0, -2).split('\r\n');
  const status = statusLine.exec(first)?.groups;
  const fields = rest.map((line) => fieldLine.exec(line)?.groups);
  if (status === undefined || fields.includes(undefined)) return undefined;
  return {
    status: Number(status['status']),
    reason: status['reason']?.trim() ?? '',
    fields: fields.map((field) => [
      (field?.['name'] ?? '').toLowerCase(),
      (field?.['value'] ?? '').trim(),
    ]),
  };
}

function refusalOf(head: AnswerHead, { proxy }: TunnelRequest): Refusal {
  const offered = head.fields
    .filter(([name]) => name === 'proxy-authenticate')
    .flatMap(([, value]) => offeredSchemes(value));
  const basic = offered.find(({ name }) => name === 'basic');
  const names = offered.map(({ name }) => name).join(', ') || 'none';
  return {
    challenge: basic && basicChallenge(proxy, basic.realm),
    wants: `status 407, schemes: ${names}`,
  };
}

/** What common proxies say about a target that they cannot or will not reach. */
const codeOfStatus: Readonly<Record<number, NetworkErrorCode>> = {
  403: 'content-access-denied',
  404: 'host-not-found',
  405: 'content-access-denied',
  503: 'connection-refused',
  504: 'timeout',
};

function refused({ status, reason }: AnswerHead, request: TunnelRequest): Error {
  return networkFailure(
    codeOfStatus[status] ?? 'unknown-proxy',
    `${way(request)}: the proxy answered ${`${status} ${reason}`.trim()}`,
    { temporary: status >= 502 && status <= 504 },
  );
}

function closedEarly(request: TunnelRequest): Error {
  return networkFailure(
    'proxy-connection-closed',
    `${way(request)}: the proxy closed the connection before it answered`,
    { temporary: true },
  );
}

function malformed(request: TunnelRequest, what: string): Error {
  return networkFailure('unknown-proxy', `${way(request)}: the proxy ${what}`);
}

function way({ target, proxy }: TunnelRequest): string {
  return `no tunnel to ${describeTarget(target)} through ${describeProxy(proxy)}`;
}
