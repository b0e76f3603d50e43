import type { ViewSource } from '@netaccess/core';

import { poison } from './lending-upload.ts';

/**
 * Makes a source, such as a channel lent to a backend, lend copies that are poisoned as soon as they are given back: whoever keeps
 * a view reads nonsense at once instead of now and then. Changes the object itself, which stays what it was in all else.
 */
export function poisonViews<Source extends ViewSource>(source: Source): Source {
  const readPointer = source.readPointer.bind(source);
  const advance = source.advanceReadPointer.bind(source);
  let lent: Uint8Array | undefined;
  const lend = (view: Uint8Array): Uint8Array => (lent = new Uint8Array(view));
  source.readPointer = () => {
    const view = readPointer();
    return view instanceof Uint8Array ? lend(view) : view.then(lend);
  };
  source.advanceReadPointer = (distance) => {
    lent?.fill(poison);
    advance(distance);
  };
  return source;
}
