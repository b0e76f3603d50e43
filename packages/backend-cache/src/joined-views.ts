import type { ViewSource } from '@netaccess/core';

import { isPromise } from './is-promise.ts';

/** Several sources, one after the other. Whose they are closes them. */
export class JoinedViews implements ViewSource {
  readonly #sources: readonly ViewSource[];
  #index = 0;

  constructor(sources: readonly ViewSource[]) {
    this.#sources = sources;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    const source = this.#sources[this.#index];
    if (source === undefined) return nothing;
    const view = source.readPointer();
    return isPromise(view) ? view.then(this.#seen) : this.#seen(view);
  }

  readonly #seen = (view: Uint8Array): Uint8Array | Promise<Uint8Array> => {
    if (view.length > 0) return view;
    this.#index += 1;
    return this.readPointer();
  };

  advanceReadPointer(distance: number): void {
    this.#sources[this.#index]?.advanceReadPointer(distance);
  }
}

const nothing = new Uint8Array(0);
