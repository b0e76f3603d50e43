import type { Reply, Request } from '@netaccess/core';

import { singleFieldValue } from './field-lookup.ts';

/** Of RFC 9110 §9.2.1 and the registry; everything else may have changed what the URL names. */
const safeVerbs: ReadonlySet<string> = new Set([
  'get',
  'head',
  'options',
  'trace',
  'propfind',
  'report',
  'search',
  'query',
  'pri',
]);

/** Whether the operation cannot have changed anything. */
export function isSafe({ operation, customVerb }: Request): boolean {
  return safeVerbs.has((customVerb ?? operation).toLowerCase());
}

/** The URLs whose stored replies are no longer to be trusted after this one (RFC 9111 §4.4): none after a failure. */
export function invalidatedBy(request: Request, reply: Reply): readonly URL[] {
  if (reply.error !== undefined || (reply.status?.code ?? 200) >= 400) return [];
  const urls = [request.url];
  for (const name of ['location', 'content-location']) {
    const value = singleFieldValue(reply.headers, name);
    if (value === undefined || !URL.canParse(value, request.url)) continue;
    const url = new URL(value, request.url);
    // A stranger's entries are not this origin's to remove.
    if (url.protocol === request.url.protocol && url.host === request.url.host) urls.push(url);
  }
  return urls;
}
