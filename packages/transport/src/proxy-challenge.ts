import type { Challenge, Credentials } from '@netaccess/core';

import { networkFailure } from './network-failure.ts';
import { describeProxy } from './proxy-url.ts';

/** One challenge of a `Proxy-Authenticate` field, as far as is needed to find Basic and its realm. */
export interface OfferedScheme {
  readonly name: string;
  readonly realm: string;
}

// RFC 9110 §11.2: a scheme begins a challenge where a token is followed by a space and something that is no "=".
const part =
  /\s*(?:,\s*)*(?:(?<key>[!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[!#$%&'*+.^_`|~\w-]+))(?=\s*(?:,|$))|(?<scheme>[!#$%&'*+.^_`|~\w-]+)(?:\s+(?<token68>[\w.~+/-]+=*)(?=\s*(?:,|$)))?(?=\s|,|$))/uy;

/** The schemes of a field's value in their order; what follows something malformed is left out. */
export function offeredSchemes(value: string): OfferedScheme[] {
  const offered: { name: string; realm: string }[] = [];
  part.lastIndex = 0;
  for (let match = part.exec(value); match?.groups !== undefined; match = part.exec(value)) {
    const { key, quoted, plain, scheme } = match.groups;
    const last = offered.at(-1);
    if (scheme !== undefined) offered.push({ name: scheme.toLowerCase(), realm: '' });
    else if (last !== undefined && key?.toLowerCase() === 'realm') {
      last.realm = quoted?.replaceAll(/\\(.)/gu, '$1') ?? plain ?? '';
    }
  }
  return offered;
}

/** The value of `Proxy-Authorization` by RFC 7617, in UTF-8. */
export function basicAuthorization({ user = '', password = '' }: Credentials): string {
  if (/[:\p{Cc}]/u.test(user) || /\p{Cc}/u.test(password)) {
    throw networkFailure(
      'protocol-invalid-operation',
      'the user name for the proxy has a colon or a control character, which Basic cannot carry',
    );
  }
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** What the caller's function is asked with when an HTTP proxy offers Basic. */
export function basicChallenge(proxy: URL, realm: string): Challenge {
  return {
    name: 'basic',
    realm,
    origin: new URL(describeProxy(proxy)),
    answer: (credentials, request) => ({
      ...request,
      headers: [
        ...request.headers.filter(([name]) => name.toLowerCase() !== 'proxy-authorization'),
        ['proxy-authorization', basicAuthorization(credentials)],
      ],
    }),
  };
}

/** What the caller's function is asked with when a SOCKS5 proxy wants user and password; there is no request to put them on. */
export function passwordChallenge(proxy: URL): Challenge {
  return {
    name: 'password',
    realm: '',
    origin: new URL(describeProxy(proxy)),
    answer: (_, request) => request,
  };
}
