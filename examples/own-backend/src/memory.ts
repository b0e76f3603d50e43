import type { BackendFactory, NetworkErrorCode, ReplyHead, Request } from '@netaccess/core';
import type { Upload, ZeroCopyBackend } from '@netaccess/core';

type Store = Map<string, Uint8Array>;

/** Serves `memory:name` from a map: get, head and put. */
export function memory(store: Store = new Map()): BackendFactory {
  return {
    contract: 1,
    name: 'memory',
    schemes: ['memory'],
    features: { targetTypes: ['local'], ioFeatures: ['zero-copy'] },
    create(request) {
      const served = ['get', 'head', 'put'].includes(request.operation);
      return served && request.url.protocol === 'memory:'
        ? new MemoryBackend(store, request)
        : undefined;
    },
  };
}
// oxlint-disable-next-line import/no-default-export -- what makes a module a plugin
export default memory;

class MemoryBackend implements ZeroCopyBackend {
  readonly #store: Store;
  readonly #request: Request;
  #rest: Uint8Array = new Uint8Array(0);
  #cancel: ((error: Error) => void) | undefined;

  constructor(store: Store, request: Request) {
    this.#store = store;
    this.#request = request;
  }

  open(): ReplyHead | Promise<ReplyHead> {
    const { operation, url, upload } = this.#request;
    if (operation === 'put') return this.#put(upload);
    const bytes = this.#store.get(url.pathname);
    if (bytes === undefined) throw failure('content-not-found', `${url.pathname} is not stored`);
    if (operation === 'get') this.#rest = bytes;
    const headers = [['Content-Length', String(bytes.length)]] as const;
    return { url, headers, length: this.#rest.length };
  }

  readPointer(): Uint8Array {
    return this.#rest;
  }

  advanceReadPointer(distance: number): void {
    this.#rest = this.#rest.subarray(distance);
  }

  async close(): Promise<void> {
    this.#cancel?.(failure('operation-canceled', 'the put was closed before its end'));
  }

  async #put(upload: Upload | undefined): Promise<ReplyHead> {
    const { url, attributes } = this.#request;
    if (attributes.range !== undefined)
      throw failure('protocol-invalid-operation', `a part of ${url.pathname} cannot be put`);
    this.#store.set(url.pathname, await this.#gather(upload?.open() ?? []));
    return { url, headers: [], length: 0 };
  }

  /** All views, each copied before the next is asked for; `close` ends the wait for one that does not come. */
  async #gather(views: ReturnType<Upload['open']>): Promise<Uint8Array> {
    const closed = new Promise<never>((_resolve, reject) => (this.#cancel = reject));
    const iterator =
      Symbol.asyncIterator in views ? views[Symbol.asyncIterator]() : views[Symbol.iterator]();
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    try {
      for (;;) {
        const { done, value } = await Promise.race([iterator.next(), closed]);
        if (done === true) return new Uint8Array(await new Blob(chunks).arrayBuffer());
        chunks.push(new Uint8Array(value));
      }
    } catch (error) {
      void Promise.allSettled([iterator.return?.()]);
      throw error;
    }
  }
}

/** Core makes a `NetworkError` of every `Error` that carries one of the codes. */
function failure(code: NetworkErrorCode, message: string): Error {
  return Object.assign(new Error(message), { code });
}
