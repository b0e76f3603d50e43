import type { Challenge, HeaderEntry, ReplyHead, Request } from '@netaccess/core';

import { parseChallenges } from './challenges/parse.ts';
import type { Exchange, FinalHead } from './exchange.ts';
import { fieldValues } from './field-lookup.ts';
import { partialRange } from './range.ts';
import { readRedirect, unparseable } from './redirect.ts';
import { replyError } from './reply-error.ts';
import { strongValidator } from './validator.ts';

/** What a final head means to everybody who knows no HTTP. Throws when the reply cannot be what was asked for. */
export function replyHead(request: Request, head: FinalHead, exchange: Exchange): ReplyHead {
  const { status: code, reason, fields, length } = head;
  const { url } = request;
  const status = { code, reason };
  const { attributes } = exchange;
  if (code === 200)
    return { url, headers: fields, length, status, attributes, validator: strongValidator(fields) };
  if (code === 206) return partialHead(request, head, exchange);
  const redirect = readRedirect(code, fields, request);
  return {
    url,
    headers: fields,
    length,
    status,
    attributes,
    redirect: redirect === unparseable ? undefined : redirect,
    error: redirect === unparseable ? nowhere : replyError(code, reason, url),
    challenges: challengesOf(code, fields, { url, proxy: exchange.answeringProxy }),
  };
}

const nowhere: ReplyHead['error'] = {
  code: 'protocol-unknown',
  message: 'the reply redirects to something that is no URL',
};

function partialHead(
  { url, operation, attributes: asked }: Request,
  head: FinalHead,
  exchange: Exchange,
): ReplyHead {
  const { status: code, reason, fields, length } = head;
  const range = operation === 'head' ? undefined : partialRange(fields, asked.range, length);
  const { attributes } = exchange;
  return {
    url,
    headers: fields,
    length,
    status: { code, reason },
    attributes,
    range,
    validator: strongValidator(fields),
  };
}

/** Only a proxy that was told the whole URL may ask for its credentials: a stranger's 407 would get them. */
function challengesOf(
  status: number,
  fields: readonly HeaderEntry[],
  { url, proxy }: { readonly url: URL; readonly proxy: URL | undefined },
): readonly Challenge[] | undefined {
  if (status === 401)
    return parseChallenges(fieldValues(fields, 'www-authenticate'), url, 'origin');
  if (status !== 407 || proxy === undefined) return undefined;
  return parseChallenges(fieldValues(fields, 'proxy-authenticate'), proxy, 'proxy');
}
