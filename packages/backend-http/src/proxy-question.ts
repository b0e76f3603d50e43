import type { Request } from '@netaccess/core';
import { networkFailure } from '@netaccess/transport';

import { parseChallenges } from './challenges/parse.ts';
import type { FinalHead } from './exchange.ts';
import { fieldValues } from './field-lookup.ts';

/** Proxy Authentication Required (RFC 9110 §15.5.8). */
export const PROXY_AUTHENTICATION_REQUIRED = 407;
/** How often one request asks for a proxy's credentials before it gives up, as for tunnels: people mistype. */
export const PROXY_QUESTIONS = 3;

/** The question that a proxy's refusal puts to the caller: the same function answers that opens tunnels. */
export class ProxyQuestion {
  /** The value of `Proxy-Authorization`; nothing: nobody answers. Rejects when it is cancelled. */
  readonly answer: Promise<string | undefined>;
  #cancel!: (reason: Error) => void;

  /** `proxy` was told the whole URL and answered with `refusal`. */
  constructor(request: Request, refusal: FinalHead, proxy: URL) {
    const canceled = new Promise<never>((_resolve, reject) => {
      this.#cancel = reject;
    });
    this.answer = Promise.race([ask(request, refusal, proxy), canceled]);
  }

  cancel(): void {
    this.#cancel(
      networkFailure('operation-canceled', "given up while a proxy's credentials were asked for"),
    );
  }
}

async function ask(
  request: Request,
  { fields }: FinalHead,
  proxy: URL,
): Promise<string | undefined> {
  const [strongest] = parseChallenges(fieldValues(fields, 'proxy-authenticate'), proxy, 'proxy');
  const credentials = strongest && (await request.attributes.proxyCredentials?.(strongest));
  if (strongest === undefined || credentials === undefined) return undefined;
  const { headers } = await strongest.answer(credentials, request);
  return headers.find(([name]) => name.toLowerCase() === 'proxy-authorization')?.[1];
}
