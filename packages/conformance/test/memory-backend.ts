import type {
  Backend,
  BackendContext,
  BackendFactory,
  ByteRange,
  NetworkErrorCode,
  ReplyHead,
  Request,
} from '@netaccess/core';

import { poison } from '../src/lending-upload.ts';
import type { MemoryLink, MemoryWorld } from './memory-world.ts';

/** Which claims the reference backend makes. */
export type Variant = 'lending' | 'copying' | 'remote';

const viewBytes = 100;

/** A backend that is right, made so that each of its parts can be spoiled alone. */
export function memoryFactory(world: MemoryWorld, variant: Variant): BackendFactory {
  const remote = variant === 'remote';
  const schemes = remote ? ['memories'] : ['memory'];
  const pool = new LinkPool(world);
  return {
    contract: 1,
    name: `${variant} memory`,
    schemes,
    secureSchemes: remote ? schemes : undefined,
    features: {
      targetTypes: [remote ? 'networked' : 'local'],
      securityFeatures: remote ? ['tls'] : [],
      ioFeatures: {
        lending: ['zero-copy'],
        copying: [],
        remote: ['zero-copy', 'resettable-upload'],
      }[variant] as BackendFactory['features']['ioFeatures'],
    },
    create(request, context) {
      if (!schemes.includes(request.url.protocol.slice(0, -1))) return undefined;
      if (!['get', 'head', 'put'].includes(request.operation)) return undefined;
      const link = remote ? (): MemoryLink => pool.take(context) : undefined;
      const work = new MemoryWork({ world, request, link, pool });
      return variant === 'copying' ? copyingBackend(work) : lendingBackend(work);
    },
    ...(remote && {
      async preconnect(_request: Request, context: BackendContext) {
        pool.give(pool.take(context));
      },
      async clearConnections() {
        pool.clear();
      },
      async close() {
        pool.clear();
      },
    }),
  };
}

/** An Error that carries a code, as plugins throw it. */
export function failure(code: NetworkErrorCode | 'ECONNRESET', message: string): Error {
  return Object.assign(new Error(message), { code });
}

class LinkPool {
  readonly #world: MemoryWorld;
  #idle: MemoryLink[] = [];

  constructor(world: MemoryWorld) {
    this.#world = world;
  }

  take({ resources, security, proxies }: BackendContext): MemoryLink {
    if (security.tls === undefined) throw failure('tls-handshake-failed', 'no tls was lent');
    const kept = proxies.length === 0 ? this.#idle.pop() : undefined;
    if (kept !== undefined) return kept;
    const links = resources.memoryLinks;
    if (links === undefined) throw failure('unknown-network', 'no links were lent');
    return links.connect(proxies[0]);
  }

  give(link: MemoryLink): void {
    if (this.#world.links.has(link)) this.#idle.push(link);
  }

  clear(): void {
    for (const link of this.#idle) link.close();
    this.#idle = [];
  }
}

function lendingBackend(work: MemoryWork): Backend {
  return {
    open: () => work.open(),
    readPointer: () => work.lend(),
    advanceReadPointer: (distance) => work.advance(distance),
    trailers: () => [['x-sum', '1']],
    close: () => work.close(),
  };
}

function copyingBackend(work: MemoryWork): Backend {
  return {
    open: () => work.open(),
    read: async (into) => await work.fill(into),
    close: () => work.close(),
  };
}

interface WorkDetails {
  readonly world: MemoryWorld;
  readonly request: Request;
  readonly link: (() => MemoryLink) | undefined;
  readonly pool: LinkPool;
}

class MemoryWork {
  readonly #details: WorkDetails;
  /** Node's own kind of view, whose `slice` does not copy. */
  readonly #memory = Buffer.alloc(viewBytes);
  readonly #canceled: Promise<never>;
  #cancel: ((error: Error) => void) | undefined;
  #link: MemoryLink | undefined;
  #body: Uint8Array = new Uint8Array(0);
  #view: Uint8Array = new Uint8Array(0);
  #offset = 0;
  #opened = false;
  #closed = false;

  constructor(details: WorkDetails) {
    this.#details = details;
    this.#canceled = new Promise((_resolve, reject) => {
      this.#cancel = reject;
    });
    this.#canceled.catch(() => undefined);
  }

  async open(): Promise<ReplyHead> {
    const { world, request, link } = this.#details;
    if (this.#opened || this.#closed) world.violations.push('open() twice or after close()');
    this.#opened = true;
    this.#link = link?.();
    await this.#orCanceled(turn());
    const path = request.url.pathname;
    if (path === '/stalled-head' || path === '/stalled-put') await this.#canceled;
    if (path === '/forbidden') throw failure('content-access-denied', `${path} is forbidden`);
    if (path.endsWith('/')) throw failure('content-operation-not-permitted', `${path} is a folder`);
    if (request.operation === 'put') return await this.#put(path);
    const stored = world.stored.get(path);
    if (stored === undefined) throw failure('content-not-found', `${path} is not there`);
    return this.#headOf(stored);
  }

  lend(): Uint8Array | Promise<Uint8Array> {
    this.#checkOpen();
    if (this.#view.length > 0) return this.#view;
    const { pathname } = this.#details.request.url;
    if (pathname === '/stalled-body' && this.#offset > 0) return this.#canceled;
    if (pathname === '/broken' && this.#offset > 0) {
      throw failure('remote-host-closed', 'the peer went away in mid-body');
    }
    return this.#link === undefined ? this.#nextView() : this.#nextViewLater();
  }

  advance(distance: number): void {
    if (distance > this.#view.length) this.#details.world.violations.push('advanced too far');
    const rest = new Uint8Array(this.#view.subarray(distance));
    this.#memory.fill(poison);
    this.#memory.set(rest);
    this.#view = this.#memory.subarray(0, rest.length);
  }

  async fill(into: Uint8Array): Promise<number> {
    await this.#orCanceled(turn());
    const view = await this.lend();
    const count = Math.min(into.length, view.length);
    into.set(view.subarray(0, count));
    this.advance(count);
    return count;
  }

  async close(): Promise<void> {
    const { world, pool } = this.#details;
    if (this.#closed) world.violations.push('close() twice');
    this.#closed = true;
    this.#cancel?.(failure('operation-canceled', 'the transfer was closed'));
    if (this.#link !== undefined) pool.give(this.#link);
    await turn();
  }

  #checkOpen(): void {
    if (!this.#opened || this.#closed) {
      this.#details.world.violations.push('a read before open() or after close()');
    }
  }

  async #nextViewLater(): Promise<Uint8Array> {
    await this.#orCanceled(turn());
    return this.#nextView();
  }

  #nextView(): Uint8Array {
    const piece = this.#body.subarray(this.#offset, this.#offset + viewBytes);
    this.#memory.set(piece);
    this.#offset += piece.length;
    this.#view = this.#memory.subarray(0, piece.length);
    return this.#view;
  }

  #headOf(stored: Uint8Array): ReplyHead {
    const { request, link } = this.#details;
    const range = knownRange(request.attributes.range, stored);
    const part = range === undefined ? stored : stored.subarray(range.from, range.to + 1);
    if (request.operation !== 'head') this.#body = part;
    return {
      url: request.url,
      headers: [['Content-Length', String(part.length)]],
      length: this.#body.length,
      range,
      validator: validatorOf(stored),
      attributes: link && { secured: 'verified' },
    };
  }

  async #put(path: string): Promise<ReplyHead> {
    const { world, request } = this.#details;
    if (request.attributes.range !== undefined) {
      throw failure('protocol-invalid-operation', 'a part of a resource cannot be put');
    }
    world.stored.set(path, await this.#gather());
    return { url: request.url, headers: [], length: 0 };
  }

  async #gather(): Promise<Uint8Array> {
    const views = this.#details.request.upload?.open() ?? [];
    const iterator =
      Symbol.asyncIterator in views ? views[Symbol.asyncIterator]() : views[Symbol.iterator]();
    const bytes: number[] = [];
    try {
      for (;;) {
        const { done, value } = await this.#orCanceled(iterator.next());
        if (done === true) return Uint8Array.from(bytes);
        bytes.push(...value);
      }
    } catch (error) {
      void Promise.allSettled([iterator.return?.()]);
      throw error;
    }
  }

  async #orCanceled<T>(pending: T | PromiseLike<T>): Promise<T> {
    return await Promise.race([pending, this.#canceled]);
  }
}

interface KnownRange extends ByteRange {
  readonly to: number;
  readonly total: number;
}

function knownRange(asked: ByteRange | undefined, stored: Uint8Array): KnownRange | undefined {
  if (asked === undefined) return undefined;
  if (asked.validator !== undefined && asked.validator !== validatorOf(stored)) return undefined;
  if (asked.from >= stored.length) {
    throw failure('protocol-invalid-operation', `the range starts beyond ${stored.length} bytes`);
  }
  const to = Math.min(asked.to ?? stored.length - 1, stored.length - 1);
  return { from: asked.from, to, total: stored.length };
}

function validatorOf(stored: Uint8Array): string {
  return `"${stored.reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 7)}"`;
}

/** One turn of the loop, in which other transfers go on. */
async function turn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
