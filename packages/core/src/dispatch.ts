import { canceled } from './canceled.ts';
import type { CoarseClock } from './clock.ts';
import type {
  BackendContext,
  BackendFactory,
  Reply,
  ReplyHead,
  Request,
  Resources,
  SecurityResources,
  Upload,
} from './contract.ts';
import { NetworkError, withoutUserinfo } from './error.ts';
import { Exchange } from './exchange.ts';
import { isPromise } from './is-promise.ts';
import { exchangeSource } from './read-body.ts';
import type { Registry } from './registry.ts';
import { SourceReply } from './reply.ts';
import { schemeOf } from './scheme-of.ts';
import { completeTimeouts, type CompleteTimeouts } from './timeouts.ts';
import { heldUpload, TimedUpload } from './upload-guard.ts';
import { checkBackend, claimsZeroCopy, type CheckedBackend } from './validate.ts';
import { Waiting } from './waiting.ts';

/** How long backends, and then factories, may take to close; one that never does holds nobody. */
const CLOSING_MILLISECONDS = 10_000;

/** What a dispatcher lends, and to whom it may turn. */
export interface DispatchOptions {
  readonly registry: Registry;
  readonly resources: Readonly<Partial<Resources>>;
  readonly security: Readonly<Partial<SecurityResources>>;
  /** Candidate proxies for a URL, best first; asked only for factories that target "networked". */
  readonly proxies: ((url: URL) => readonly URL[]) | undefined;
  readonly timeouts: CompleteTimeouts;
  readonly clock: CoarseClock;
}

interface Made {
  readonly backend: CheckedBackend;
  readonly factory: BackendFactory;
}

/** What never changes for one factory, so that it is worked out once. */
interface Terms {
  readonly zeroCopy: boolean;
  readonly networked: boolean;
  readonly resettableUpload: boolean;
  readonly security: Readonly<Partial<SecurityResources>>;
  readonly unproxied: BackendContext;
  readonly facts: {
    readonly name: string;
    readonly targetTypes: BackendFactory['features']['targetTypes'];
  };
}

/** The innermost `Send`: chooses a backend for a request and lends it what its factory claims. */
export class Dispatcher {
  readonly #options: DispatchOptions;
  readonly #terms = new WeakMap<BackendFactory, Terms>();
  readonly #waiting = new Waiting();
  #closed: NetworkError | undefined;

  constructor(options: DispatchOptions) {
    this.#options = options;
  }

  readonly send = (request: Request): Promise<Reply> => {
    try {
      this.#check(request);
      const candidates = this.#options.registry.candidates(schemeOf(request.url));
      if (!isPromise(candidates)) return this.#serve(request, candidates);
      return this.#waiting.until(candidates, request).then((found) => this.#serve(request, found));
    } catch (error) {
      return Promise.reject(NetworkError.from(error, request.url));
    }
  };

  /** Asks the factories that may serve the URL to open a connection, until one can. */
  async preconnect(request: Request): Promise<void> {
    this.#check(request);
    const found = this.#options.registry.candidates(schemeOf(request.url));
    const candidates = isPromise(found) ? await this.#waiting.until(found, request) : found;
    this.#check(request);
    if (candidates.length === 0) throw this.#unserved(request, candidates);
    const timed = this.#timed(request);
    const able = candidates.find((factory) => factory.preconnect !== undefined);
    if (able?.preconnect === undefined) return;
    const opening = able.preconnect(timed, this.#context(able, timed.url));
    await this.#waiting.until(opening, request);
  }

  /** Ends what is under way with the error, which every later request gets too. Then factories close: no backend is open. */
  async close(error: NetworkError): Promise<void> {
    const { clock, registry } = this.#options;
    this.#closed = error;
    this.#waiting.end(error);
    const open = clock.watched.filter((watched) => watched instanceof Exchange);
    await clock.atMost(
      CLOSING_MILLISECONDS,
      open.map(async (exchange) => {
        exchange.fail(error);
        await exchange.close();
      }),
    );
    const failures: unknown[] = [];
    const closing = registry.loadedFactories.map(async (factory) => {
      try {
        await factory.close?.();
      } catch (failure) {
        failures.push(failure);
      }
    });
    await clock.atMost(CLOSING_MILLISECONDS, closing);
    if (failures.length > 0) throw NetworkError.from(failures[0]);
  }

  /** `request` with the limits that hold for it, which a connector heeds as well. */
  #timed(request: Request): Request {
    const timeouts = completeTimeouts(request.attributes.timeouts, this.#options.timeouts);
    return request.attributes.timeouts === timeouts
      ? request
      : { ...request, attributes: { ...request.attributes, timeouts } };
  }

  #serve(request: Request, candidates: readonly BackendFactory[]): Promise<Reply> {
    this.#check(request);
    const timed = this.#timed(request);
    if (timed.upload !== undefined) return this.#serveUpload(timed, timed.upload, candidates);
    for (const factory of candidates) {
      const made = this.#make(factory, timed);
      if (made !== undefined) return this.#open(timed, made);
    }
    throw this.#unserved(timed, candidates);
  }

  async #serveUpload(
    request: Request,
    upload: Upload,
    candidates: readonly BackendFactory[],
  ): Promise<Reply> {
    let source = upload;
    for (const factory of candidates) {
      if (this.#termsOf(factory).resettableUpload && !source.resettable) {
        source = await this.#waiting.until(heldUpload(source, request), request);
      }
      this.#check(request);
      const timedUpload = new TimedUpload(source);
      const timed = { ...request, upload: timedUpload };
      const made = this.#make(factory, timed);
      if (made !== undefined) return this.#open(timed, made, timedUpload);
    }
    throw this.#unserved(request, candidates);
  }

  /** Asked again after every wait. */
  #check(request: Request): void {
    if (this.#closed !== undefined) throw this.#closed;
    if (request.signal?.aborted === true) throw canceled(request);
  }

  #make(factory: BackendFactory, request: Request): Made | undefined {
    const { zeroCopy } = this.#termsOf(factory);
    const backend = factory.create(request, this.#context(factory, request.url));
    if (backend === undefined) return undefined;
    return { backend: checkBackend(backend, factory, zeroCopy), factory };
  }

  #unserved(request: Request, candidates: readonly BackendFactory[]): NetworkError {
    const scheme = schemeOf(request.url);
    const served = this.#options.registry.serves(scheme);
    if (!served)
      return new NetworkError('protocol-unknown', `no backend for the scheme "${scheme}"`, {
        url: request.url,
      });
    const asked = request.customVerb ?? request.operation;
    const names = candidates.map(({ name }) => name).join(', ');
    return new NetworkError(
      'protocol-invalid-operation',
      `${names}: no backend for "${scheme}" takes the operation ${asked}`,
      {
        url: request.url,
      },
    );
  }

  #open(request: Request, made: Made, upload?: TimedUpload): Promise<Reply> {
    const { timeouts: limits, clock } = this.#options;
    const timeouts = completeTimeouts(request.attributes.timeouts, limits);
    const exchange = new Exchange(made, request, { timeouts, clock });
    upload?.reportTo(exchange);
    return exchange.open((head) => {
      const source = exchangeSource(exchange, head.length);
      return new SourceReply(request, this.#complete(head, made.factory), source);
    });
  }

  /** The head as everybody above sees it: who served it, and nothing secret in its URLs. It may be of a class: no spread. */
  #complete(head: ReplyHead, factory: BackendFactory): ReplyHead {
    const { redirect } = head;
    return {
      url: withoutUserinfo(head.url),
      headers: head.headers,
      length: head.length,
      range: head.range,
      validator: head.validator,
      status: head.status,
      redirect: redirect && {
        url: withoutUserinfo(redirect.url),
        keepOperation: redirect.keepOperation,
      },
      error: head.error,
      challenges: head.challenges,
      attributes: { ...head.attributes, backend: this.#termsOf(factory).facts },
    };
  }

  #context(factory: BackendFactory, url: URL): BackendContext {
    const { networked, unproxied } = this.#termsOf(factory);
    const { proxies } = this.#options;
    if (!networked || proxies === undefined) return unproxied;
    try {
      return { ...unproxied, proxies: proxies(url) };
    } catch (cause) {
      throw new NetworkError('unknown-proxy', 'the function that names proxies failed', {
        url,
        cause,
      });
    }
  }

  #termsOf(factory: BackendFactory): Terms {
    const known = this.#terms.get(factory);
    if (known !== undefined) return known;
    const { features, name } = factory;
    const security =
      features.securityFeatures?.includes('tls') === true ? this.#options.security : {};
    const networked = features.targetTypes.includes('networked');
    const resources = networked ? this.#options.resources : {};
    const terms: Terms = {
      zeroCopy: claimsZeroCopy(features),
      networked,
      resettableUpload: features.ioFeatures?.includes('resettable-upload') === true,
      security,
      unproxied: { resources, security, proxies: [] },
      facts: { name, targetTypes: features.targetTypes },
    };
    this.#terms.set(factory, terms);
    return terms;
  }
}
