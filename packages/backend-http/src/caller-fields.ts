import type { HeaderEntry } from '@netaccess/core';

import { refused } from './refused.ts';

/** What is sent when the caller says nothing. The number is the plugin contract's, not a release: it tells nobody what to attack. */
export const USER_AGENT = 'netaccess/1';
const userAgent: HeaderEntry = ['User-Agent', USER_AGENT];
const accept: HeaderEntry = ['Accept', '*/*'];
const defaultFields: readonly HeaderEntry[] = [userAgent, accept];

/** The caller's fields, and what those among them say that this backend has to do itself. */
export interface CallerFields {
  fields: readonly HeaderEntry[];
  host?: string;
  length?: number;
  chunked: boolean;
  closes: boolean;
  wantsTrailers: boolean;
  expectsContinue: boolean;
  proxyAuthorization?: string;
}

/** What was read in lists that cannot change, such as the one that most requests share. */
const known = new WeakMap<readonly HeaderEntry[], Readonly<CallerFields>>();

/** Throws for fields that this backend must not send as they are. */
export function readCallerFields(headers: readonly HeaderEntry[]): Readonly<CallerFields> {
  if (!Object.isFrozen(headers)) return read(headers);
  const seen = known.get(headers);
  if (seen !== undefined) return seen;
  const caller = read(headers);
  Object.freeze(caller.fields);
  known.set(headers, caller);
  return caller;
}

function read(headers: readonly HeaderEntry[]): CallerFields {
  const caller: CallerFields = {
    fields: defaultFields,
    chunked: false,
    closes: false,
    wantsTrailers: false,
    expectsContinue: false,
  };
  const passed: HeaderEntry[] = [];
  let hasUserAgent = false;
  let hasAccept = false;
  for (const entry of headers) {
    const name = entry[0].toLowerCase();
    if (takeField(name, trimmed(entry[1]), caller)) continue;
    if (name === 'user-agent') hasUserAgent = true;
    else if (name === 'accept') hasAccept = true;
    passed.push([entry[0], trimmed(entry[1])]);
  }
  if (!hasAccept) passed.unshift(accept);
  if (!hasUserAgent) passed.unshift(userAgent);
  caller.fields = passed;
  return caller;
}

function trimmed(value: string): string {
  return value.replaceAll(/^[\t ]+|[\t ]+$/g, '');
}

/** True for fields that this backend writes itself, or not at all: two opinions about framing are an attack. */
function takeField(name: string, value: string, caller: CallerFields): boolean {
  switch (name) {
    case 'host':
      if (caller.host !== undefined) throw refused('two Host headers');
      caller.host = value;
      return true;
    case 'content-length':
      if (!/^\d{1,15}$/.test(value) || caller.length !== undefined)
        throw refused(`Content-Length: ${value}`);
      caller.length = Number(value);
      return true;
    case 'transfer-encoding':
      if (value.toLowerCase() !== 'chunked') throw refused(`Transfer-Encoding: ${value}`);
      caller.chunked = true;
      return true;
    case 'connection':
      takeConnectionOptions(value, caller);
      return true;
    case 'te':
      if (value.toLowerCase() !== 'trailers') throw refused(`TE: ${value}`);
      caller.wantsTrailers = true;
      return true;
    case 'expect':
      if (value.toLowerCase() !== '100-continue') throw refused(`Expect: ${value}`);
      caller.expectsContinue = true;
      return true;
    case 'upgrade':
    case 'http2-settings':
      throw refused(`the header ${name}: the connection is not the caller's to change`);
    case 'proxy-authorization':
      caller.proxyAuthorization = value;
      return true;
    default:
      return false;
  }
}

function takeConnectionOptions(value: string, caller: CallerFields): void {
  for (const part of value.toLowerCase().split(',')) {
    const option = part.trim();
    if (option === 'close') caller.closes = true;
    else if (option !== '' && option !== 'keep-alive' && option !== 'te') {
      throw refused(`the connection option ${JSON.stringify(option)}`);
    }
  }
}
