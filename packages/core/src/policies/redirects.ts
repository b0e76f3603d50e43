import type { Policy, Reply, ReplyHead, Request, Send } from '../contract.ts';
import { NetworkError, withoutUserinfo } from '../error.ts';
import type { SchemeTable } from '../registry.ts';
import { quoted, RedirectCheck } from './redirect-check.ts';
import { redirected, redirectTarget } from './redirect-request.ts';
import { untilAborted } from './until-aborted.ts';

declare module '@netaccess/core' {
  interface RequestAttributes {
    /** How redirects of this request are followed, over the manager's way. */
    readonly redirect?: RedirectPolicy | RedirectOptions | undefined;
  }
  interface ReplyAttributes {
    /** Where redirects led, in order; the last one is this reply's. Absent: there was none. */
    readonly redirects?: readonly URL[] | undefined;
  }
}

const policies = ['manual', 'no-less-safe', 'same-origin', 'user-verified'] as const;

/**
 * Qt's redirect policies. "manual" follows none; "no-less-safe" never goes from a scheme that is always protected to one that is
 * not; "same-origin" stays; "user-verified" leaves it to `verify`, without which none is followed. None allows a change of scheme
 * that is not listed.
 */
export type RedirectPolicy = (typeof policies)[number];

/** One redirect that is about to be followed. */
export interface RedirectHop {
  /** Who redirected. */
  readonly from: URL;
  /** Where to: without userinfo, and already upgraded where the host is known. */
  readonly to: URL;
  /** 1 for the first. */
  readonly count: number;
  /** What will be sent there. */
  readonly operation: Request['operation'];
  /** What the redirecting peer said; its body is not to be read. */
  readonly head: ReplyHead;
}

/** How the redirects of one request are followed. */
export interface RedirectOptions {
  readonly policy?: RedirectPolicy | undefined;
  /** How many are followed; one more is an error. */
  readonly maximum?: number | undefined;
  /** Asked for every hop that nothing else forbids. False: the redirecting reply itself is handed to the caller. */
  readonly verify?: ((hop: RedirectHop) => boolean | Promise<boolean>) | undefined;
  /** Told of every hop before it is taken. */
  readonly onRedirect?: ((hop: RedirectHop) => void) | undefined;
}

/** What the policy knows of the manager around it. */
export interface RedirectSettings {
  readonly schemes: SchemeTable;
  /** Pairs of schemes, from and to, between which a redirect may lead; all other changes are refused. */
  readonly schemeChanges: readonly (readonly [from: string, to: string])[];
  /** For requests that do not say; `no-less-safe` by default. */
  readonly policy?: RedirectPolicy | undefined;
  /** For requests that do not say. */
  readonly maximum?: number | undefined;
  /** Makes a target what the policies below would make of it, so that a known host is not judged less safe. */
  readonly upgrade?: ((url: URL) => URL) | undefined;
}

/** As in Qt and in `curl`. */
export const MAXIMUM_REDIRECTS = 50;

/**
 * Follows `reply.redirect`. Checked in this order: the target parses (`protocol-unknown`), count (`too-many-redirects`), upgrade of a
 * known host, scheme served (`protocol-unknown`), change of scheme listed and policy satisfied (`insecure-redirect`), body can be
 * sent again (`content-re-send`), `verify`. What fails closes the redirecting reply.
 */
export function redirects(settings: RedirectSettings): Policy {
  const standard = checked({ policy: settings.policy, maximum: settings.maximum });
  return (request, next) => {
    const { redirect } = request.attributes;
    let options = standard;
    if (redirect !== undefined) {
      try {
        options = checked(typeof redirect === 'string' ? { policy: redirect } : redirect, standard);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    if (options.policy === 'manual') return next(request);
    return next(request).then((reply) =>
      isFinal(reply) ? reply : new Chain(settings, options, next).follow(request, reply),
    );
  };
}

interface CompleteOptions extends RedirectOptions {
  readonly policy: RedirectPolicy;
  readonly maximum: number;
}

function checked(options: RedirectOptions, standard?: CompleteOptions): CompleteOptions {
  const { verify, onRedirect } = options;
  const policy = options.policy ?? standard?.policy ?? 'no-less-safe';
  const maximum = options.maximum ?? standard?.maximum ?? MAXIMUM_REDIRECTS;
  if (!policies.includes(policy)) throw invalid(`"${policy}" is no redirect policy`);
  if (!(Number.isSafeInteger(maximum) && maximum >= 0)) {
    throw invalid(`${String(maximum)} is no number of redirects`);
  }
  return { policy, maximum, verify, onRedirect };
}

/** A backend cannot say where a redirect leads when its target does not parse: it says that instead. */
function isFinal(reply: Reply): boolean {
  return reply.redirect === undefined && reply.error?.code !== 'protocol-unknown';
}

/** The hops of one request. */
class Chain {
  readonly #settings: RedirectSettings;
  readonly #options: CompleteOptions;
  readonly #next: Send;
  readonly #visited: URL[] = [];

  constructor(settings: RedirectSettings, options: CompleteOptions, next: Send) {
    this.#settings = settings;
    this.#options = options;
    this.#next = next;
  }

  async follow(first: Request, redirecting: Reply): Promise<Reply> {
    let request = first;
    let reply = redirecting;
    while (!isFinal(reply)) {
      const following = await this.#leave(request, reply);
      if (following === undefined) break;
      this.#visited.push(withoutUserinfo(following.url));
      request = following;
      reply = await this.#next(request);
    }
    if (this.#visited.length === 0) return reply;
    return reply.with({ head: { attributes: { ...reply.attributes, redirects: this.#visited } } });
  }

  /** The request of the next hop, and the reply is closed; or nothing, and the reply is the caller's. */
  async #leave(request: Request, reply: Reply): Promise<Request | undefined> {
    try {
      const following = await this.#judge(request, reply);
      if (following !== undefined) await reply.close();
      return following;
    } catch (error) {
      await reply.close();
      throw error;
    }
  }

  /** The order of the checks is promised. */
  async #judge(request: Request, reply: Reply): Promise<Request | undefined> {
    const target = this.#target(request, reply);
    const check = new RedirectCheck(this.#settings, reply.url, target);
    check.served();
    await untilAborted(check.permitted(this.#options.policy), request);
    const following = redirected(request, reply, target);
    checkResendable(following);
    const hop = {
      from: withoutUserinfo(reply.url),
      to: target,
      count: this.#visited.length + 1,
      operation: following.operation,
      head: reply,
    };
    if (!(await this.#verified(hop, request))) return undefined;
    this.#options.onRedirect?.(hop);
    return following;
  }

  #target(request: Request, reply: Reply): URL {
    const { redirect, error, url } = reply;
    if (redirect === undefined) {
      const reason = error?.message ?? 'the redirect names no target';
      throw new NetworkError('protocol-unknown', reason, { url });
    }
    const { maximum } = this.#options;
    if (this.#visited.length >= maximum) {
      const message = `${url.href} redirects again after ${maximum} redirects, the maximum`;
      throw new NetworkError('too-many-redirects', message, { url });
    }
    const target = redirectTarget(request, redirect.url);
    return this.#settings.upgrade?.(target) ?? target;
  }

  async #verified(hop: RedirectHop, request: Request): Promise<boolean> {
    const { policy, verify } = this.#options;
    if (verify === undefined) return policy !== 'user-verified';
    return untilAborted(verify(hop), request);
  }
}

function checkResendable({ upload, url }: Request): void {
  if (upload === undefined || !upload.opened || upload.resettable) return;
  const message = `the redirect to ${quoted(url)} needs the body once more, which can be read only once`;
  throw new NetworkError('content-re-send', message, { url });
}

function invalid(message: string): NetworkError {
  return new NetworkError('protocol-invalid-operation', message);
}
