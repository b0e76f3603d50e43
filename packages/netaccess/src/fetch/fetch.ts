import {
  NetworkError,
  sameOrigin,
  type Reply,
  type Request as ManagerRequest,
} from '@netaccess/core';

import { checkPort } from './blocked-ports.ts';
import { BytesContent, ReplyContent } from './fetch-content.ts';
import { failure } from './fetch-failure.ts';
import { verifiedBytes } from './fetch-integrity.ts';
import { askedOf, isRequest, plainlyAsked, type Asked } from './fetch-request.ts';
import { newResponse, type Facts } from './fetch-response.ts';

/** The platform's `fetch`, by its types. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

type Send = (request: ManagerRequest) => Promise<Reply>;

/** Answers with these have no body, whatever comes (Fetch §2.2.3). */
const nullBodyStatuses: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/**
 * WHATWG `fetch` over a manager. It differs in two ways: any scheme that the manager serves can be asked for, and a redirect from
 * `https` to `http` is refused.
 */
export function fetchWith(send: Send, sharedCache: boolean): Fetch {
  return async (input, init) => {
    const asked =
      init === undefined && !isRequest(input)
        ? plainlyAsked(input)
        : await askedOf(input, init, sharedCache);
    const { request, signal } = asked;
    signal?.throwIfAborted();
    let reply: Reply | undefined;
    try {
      checkPort(request.url);
      reply = await send(request);
      const refused = refusal(reply, asked);
      if (refused !== undefined) throw refused;
      return await answered(reply, asked);
    } catch (error) {
      await reply?.close();
      throw failure(error, signal);
    }
  };
}

function answered(reply: Reply, asked: Asked): Response | Promise<Response> {
  const { method, integrity, signal } = asked;
  const facts = factsOf(reply);
  if (method === 'HEAD' || nullBodyStatuses.has(facts.status)) {
    return reply.close().then(() => newResponse(facts, undefined));
  }
  if (integrity === '') return newResponse(facts, new ReplyContent(reply, signal));
  return verifiedBytes(reply, integrity).then((bytes) =>
    newResponse(facts, new BytesContent(bytes)),
  );
}

/** What is a reply to a manager and an error to `fetch`. */
function refusal(reply: Reply, { redirect }: Asked): NetworkError | undefined {
  const { url, error } = reply;
  if (redirect === 'error' && reply.redirect !== undefined) {
    const message = `${url.href} redirects, which the caller ruled out`;
    return new NetworkError('insecure-redirect', message, { url });
  }
  if (error === undefined || isHttp(url)) return undefined;
  return new NetworkError(error.code, error.message, { url, temporary: error.temporary });
}

/** A success without a protocol's status is a 200, and other protocols' numbers mean other things. */
function factsOf({ url, status, headers, attributes, request }: Reply): Facts {
  const http = isHttp(url) ? status : undefined;
  const hops = attributes?.redirects;
  return {
    status: http?.code ?? 200,
    statusText: http?.reason ?? 'OK',
    url: withoutFragment(url),
    redirected: hops !== undefined,
    type:
      hops === undefined || hops.every((hop) => sameOrigin(hop, request.url)) ? 'basic' : 'cors',
    headers,
  };
}

function withoutFragment({ href }: URL): string {
  const start = href.indexOf('#');
  return start === -1 ? href : href.slice(0, start);
}

/** Only an HTTP answer can be a failure and a `Response` at once. */
function isHttp(url: URL): boolean {
  return url.protocol === 'http:' || url.protocol === 'https:';
}
