import type { HeaderEntry, Reply, Request } from '@netaccess/core';

import type { StoredHead } from '../store.ts';
import type { Directives } from './cache-control.ts';
import { hasField } from './field-lookup.ts';
import type { RequestFacts } from './request-facts.ts';
import { isHeuristicallyCacheable, replyControl, type CacheRole } from './stored-facts.ts';
import { targetedControl } from './targeted-control.ts';

const PARTIAL_CONTENT = 206;
/** Those whose meaning for a cache is known here (RFC 9111 §3, §5.2.2.3). */
const understood: ReadonlySet<number> = new Set([
  200, 203, 204, 206, 300, 301, 302, 303, 307, 308, 400, 403, 404, 405, 410, 414, 451, 500, 501,
  502, 503, 504,
]);

/**
 * Answers to how a request was put, or to whoever put it: 407, 412, 416, 425, and those that "MUST NOT be stored by a cache" (RFC 6585,
 * RFC 9110 §15.5.17).
 */
const never: ReadonlySet<number> = new Set([304, 407, 412, 416, 425, 428, 429, 431, 511]);

/** Whether a reply to GET may be kept (RFC 9111 §3, §3.5), whatever becomes of it later. */
export function mayStore(
  reply: { readonly code: number; readonly headers: readonly HeaderEntry[] },
  asked: RequestFacts,
  role: CacheRole,
): boolean {
  const { code, headers } = reply;
  if (code < 200 || never.has(code) || asked.control.noStore) return false;
  // A failure to give a part says nothing of the whole.
  if (asked.range !== undefined && code >= 400) return false;
  const targeted = role.shared ? targetedControl(headers, role.targets) : undefined;
  const control = targeted ?? replyControl(headers);
  if (!storingAllowed(code, control)) return false;
  if (role.shared && !sharingAllowed(control, asked)) return false;
  return saysHowLong(control, role, targeted === undefined ? headers : [], code);
}

/** A cache that knows `must-understand` and the status heeds it instead of `no-store` (RFC 9111 §5.2.2.3). */
function storingAllowed(code: number, control: Directives): boolean {
  if (control.mustUnderstand) return understood.has(code);
  return !control.noStore && (code !== PARTIAL_CONTENT || understood.has(code));
}

function sharingAllowed(control: Directives, asked: RequestFacts): boolean {
  if (control.isPrivate) return false;
  return !asked.authorized || isShareable(control);
}

/** Whether a reply to one user's credentials may be reused for others (RFC 9111 §3.5). */
export function isShareable(control: Directives): boolean {
  return control.isPublic || control.mustRevalidate || control.sMaxAge !== undefined;
}

function saysHowLong(
  control: Directives,
  role: CacheRole,
  headers: readonly HeaderEntry[],
  code: number,
): boolean {
  return (
    isHeuristicallyCacheable(code) ||
    control.isPublic ||
    control.maxAge !== undefined ||
    (role.shared ? control.sMaxAge !== undefined : control.isPrivate) ||
    hasField(headers, 'expires')
  );
}

/** Fields that belong to one connection, or to the proxy on its way (RFC 9111 §3.1, RFC 9110 §7.6.1). */
const connectionFields: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The fields that are kept: not those of the connection, and not what a shared cache may not have. */
export function storableFields(
  headers: Iterable<HeaderEntry>,
  role: CacheRole,
): readonly HeaderEntry[] {
  const all = [...headers];
  const dropped = new Set(connectionFields);
  for (const [name, value] of all) {
    if (name.toLowerCase() !== 'connection') continue;
    for (const option of value.toLowerCase().split(',')) dropped.add(option.trim());
  }
  if (role.shared) for (const name of replyControl(all).privateFields) dropped.add(name);
  return all.filter(([name]) => !dropped.has(name.toLowerCase()));
}

/** A reply without a date gets one, for whoever it is served to later (RFC 9110 §6.6.1). */
export function dated(headers: readonly HeaderEntry[], receivedAt: number): readonly HeaderEntry[] {
  if (hasField(headers, 'date')) return headers;
  return [...headers, ['Date', new Date(receivedAt).toUTCString()]];
}

/** Whether a reply may be kept at all, whatever its protocol says: it came over the network, from whom it should, and is an answer. */
export function isKeepable(request: Request, reply: Reply): boolean {
  const { attributes, challenges } = reply;
  if (request.attributes.cacheSaveControl === false || challenges !== undefined) return false;
  if (attributes?.secured === 'unverified') return false;
  return attributes?.backend?.targetTypes.includes('networked') === true;
}

/** From when on nobody can have a use for a stored reply: it must not be served stale, and there is nothing to ask its origin with. */
export function uselessAfter(
  head: StoredHead,
  facts: {
    readonly strict: boolean;
    readonly lifetime: number;
    readonly initialAge: number;
    readonly etag?: string | undefined;
    readonly lastModified?: string | undefined;
  },
): number | undefined {
  if (!facts.strict || facts.etag !== undefined || facts.lastModified !== undefined)
    return undefined;
  return head.receivedAt + Math.max(0, facts.lifetime - facts.initialAge);
}
