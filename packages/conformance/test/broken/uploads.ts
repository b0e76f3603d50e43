import type { BackendFactory, Upload } from '@netaccess/core';

import type { Spoil } from '../failures.ts';
import { failure } from '../memory-backend.ts';
import { distinctBytes } from '../memory-world.ts';
import { backends, backendsOf, forEver, requests } from './mutant.ts';
import type { Mutant } from './mutant.ts';

type Views = ReturnType<Upload['open']>;

const putsUnderWay = new WeakMap<BackendFactory, number>();

export const uploadMutants: readonly Mutant[] = [
  {
    wrong: 'keeps the views until it has them all',
    caughtBy: 'a put stores every byte of views that are rewritten after use',
    also: 'any',
    variant: 'lending',
    spoil: uploads((upload) => ({ ...facts(upload), open: () => keptViews(upload) })),
  },
  {
    wrong: 'cuts off views above 3,500 bytes',
    caughtBy: 'a put stores an upload of one view',
    also: ['a put stores every byte of a large upload, whose memory is used again at once'],
    variant: 'lending',
    spoil: uploads((upload) => ({
      ...facts(upload),
      open: () => mapped(upload.open(), (view) => view.subarray(0, 3_500)),
    })),
  },
  {
    wrong: 'keeps its views where there are many bytes',
    caughtBy: 'a put stores every byte of a large upload, whose memory is used again at once',
    also: ['through a manager, one resource is copied to another without holding its bytes'],
    variant: 'lending',
    spoil: uploads((upload) =>
      (upload.length ?? 0) > 4_500 ? { ...facts(upload), open: () => keptViews(upload) } : upload,
    ),
  },
  {
    wrong: 'gathers two uploads in one place',
    caughtBy: 'two puts at once do not mix',
    variant: 'lending',
    spoil: backendsOf(isPut, (backend, { request, world, factory }) => ({
      ...backend,
      async open() {
        const before = putsUnderWay.get(factory) ?? 0;
        putsUnderWay.set(factory, before + 1);
        const head = await backend.open();
        const mixed = putsUnderWay.get(factory) !== before + 1;
        if (mixed) world.stored.set(request.url.pathname, new Uint8Array(3));
        putsUnderWay.delete(factory);
        return head;
      },
    })),
  },
  {
    wrong: 'does nothing where there is nothing to store',
    caughtBy: 'a put of an empty upload stores an empty resource',
    variant: 'lending',
    spoil: stores((bytes) => (bytes.length === 0 ? undefined : bytes)),
  },
  {
    wrong: 'insists on a length',
    caughtBy: 'a put stores an upload that does not know its length',
    variant: 'lending',
    spoil: uploads((upload) => {
      if (upload.length === undefined) throw failure('protocol-invalid-operation', 'no length');
      return upload;
    }),
  },
  {
    wrong: 'knows only asynchronous uploads',
    caughtBy: 'a put stores an upload whose views come synchronously',
    also: ['through a manager, bytes that were put can be read back'],
    variant: 'lending',
    spoil: uploads((upload) => ({
      ...facts(upload),
      open() {
        const views = upload.open();
        if (Symbol.asyncIterator in views) return views;
        throw new TypeError('views[Symbol.asyncIterator] is not a function');
      },
    })),
  },
  {
    wrong: 'writes over what was there without shortening it',
    caughtBy: 'a put replaces what was there',
    variant: 'lending',
    spoil: stores((bytes, before) => {
      if (before === undefined || before.length <= bytes.length) return bytes;
      const both = before.slice();
      both.set(bytes);
      return both;
    }),
  },
  {
    wrong: 'reads the upload twice without having claimed that',
    caughtBy: 'an upload is opened once where resettable-upload is not claimed',
    variant: 'lending',
    spoil: uploads((upload) => ({
      ...facts(upload),
      open() {
        if (upload.resettable) upload.open();
        return upload.open();
      },
    })),
  },
  {
    wrong: 'opens an upload again that can be opened once',
    caughtBy: 'an upload that is not resettable is opened once',
    variant: 'remote',
    spoil: uploads((upload) => ({
      ...facts(upload),
      open() {
        const views = upload.open();
        try {
          upload.open();
        } catch {
          return views;
        }
        return views;
      },
    })),
  },
  {
    wrong: 'stops at the length without saying so',
    caughtBy: 'an upload is read to its end',
    variant: 'lending',
    spoil: uploads((upload) => ({ ...facts(upload), open: () => untilLength(upload) })),
  },
  {
    wrong: "hides the upload's failure behind its own",
    caughtBy: "an upload's own failure fails the transfer and is its cause",
    variant: 'lending',
    spoil: backends((backend, { request }) => ({
      ...backend,
      async open() {
        if (request.operation !== 'put') return await backend.open();
        try {
          return await backend.open();
        } catch {
          throw failure('unknown-content', 'the upload failed');
        }
      },
    })),
  },
  {
    wrong: 'never says that it leaves an upload',
    caughtBy: 'close leaves an upload that stalls with return(), and open rejects',
    variant: 'lending',
    spoil: uploads((upload) => ({ ...facts(upload), open: () => withoutReturn(upload.open()) })),
  },
  {
    wrong: 'waits for ever for the answer to a put',
    caughtBy: 'close ends a put that the peer never answers',
    variant: 'lending',
    spoil: backendsOf(
      ({ url }) => url.pathname === '/stalled-put',
      (backend) => ({ ...backend, open: forEver }),
    ),
  },
  {
    wrong: 'closes only when the upload has let go',
    caughtBy: 'close does not wait for an upload whose return() waits for its own source',
    variant: 'lending',
    spoil: (factory) => ({
      ...factory,
      create(request, context) {
        const { upload } = request;
        if (upload === undefined) return factory.create(request, context);
        let letGo: Promise<unknown> = Promise.resolve();
        const open = (): Views =>
          hearingReturn(upload.open(), (left) => {
            letGo = left;
          });
        const backend = factory.create({ ...request, upload: { ...facts(upload), open } }, context);
        return (
          backend && {
            ...backend,
            async close() {
              await backend.close();
              await letGo;
            },
          }
        );
      },
    }),
  },
  {
    wrong: 'empties the target before it writes',
    caughtBy: 'a put that fails leaves what was there before',
    variant: 'lending',
    spoil: backendsOf(isPut, (backend, { request, world }) => ({
      ...backend,
      async open() {
        if (request.attributes.range !== undefined) return await backend.open();
        const { pathname } = request.url;
        if (world.stored.has(pathname)) world.stored.set(pathname, new Uint8Array(0));
        return await backend.open();
      },
    })),
  },
  {
    wrong: 'leaves behind what was written before an abort',
    caughtBy: 'a put that is aborted stores nothing',
    variant: 'lending',
    spoil: backendsOf(isPut, (backend, { request, world }) => {
      let done = false;
      return {
        ...backend,
        async open() {
          const head = await backend.open();
          done = true;
          return head;
        },
        async close() {
          if (!done && !world.stored.has(request.url.pathname)) {
            world.stored.set(request.url.pathname, new Uint8Array(9));
          }
          await backend.close();
        },
      };
    }),
  },
  {
    wrong: 'makes its validator of the length alone',
    caughtBy: 'the validator changes when the bytes change, though their number does not',
    variant: 'lending',
    spoil: backends((backend) => ({
      ...backend,
      async open() {
        const head = await backend.open();
        return { ...head, validator: head.validator && `"${head.length}"` };
      },
    })),
  },
];

function isPut({ operation }: { readonly operation: string }): boolean {
  return operation === 'put';
}

function uploads(change: (upload: Upload) => Upload): Spoil {
  return requests(({ upload }) => (upload === undefined ? {} : { upload: change(upload) }));
}

function facts({ length, resettable, opened }: Upload): Omit<Upload, 'open'> {
  return { length, resettable, opened };
}

/** Stores something else than what was put. */
function stores(
  change: (bytes: Uint8Array, before: Uint8Array | undefined) => Uint8Array | undefined,
): Spoil {
  return backendsOf(isPut, (backend, { request, world }) => ({
    ...backend,
    async open() {
      const { pathname } = request.url;
      const before = world.stored.get(pathname);
      const head = await backend.open();
      const changed = change(world.stored.get(pathname) ?? distinctBytes(1, 1), before);
      if (changed === undefined) world.stored.delete(pathname);
      else world.stored.set(pathname, changed);
      return head;
    },
  }));
}

async function* keptViews(upload: Upload): AsyncIterable<Uint8Array> {
  const kept: Uint8Array[] = [];
  for await (const view of upload.open()) kept.push(view);
  yield* kept;
}

function mapped(views: Views, change: (view: Uint8Array) => Uint8Array): AsyncIterable<Uint8Array> {
  const iterator = iteratorOf(views);
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const { done, value } = await iterator.next();
        return done === true ? { done, value: undefined } : { done: false, value: change(value) };
      },
      return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
    }),
  };
}

function iteratorOf(views: Views): AsyncIterator<Uint8Array> | Iterator<Uint8Array> {
  return Symbol.asyncIterator in views ? views[Symbol.asyncIterator]() : views[Symbol.iterator]();
}

function untilLength(upload: Upload): AsyncIterable<Uint8Array> {
  const iterator = iteratorOf(upload.open());
  let given = 0;
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        if (given === upload.length) return { done: true, value: undefined };
        const { done, value } = await iterator.next();
        if (done === true) return { done, value: undefined };
        given += value.length;
        return { done: false, value };
      },
      return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
    }),
  };
}

function hearingReturn(
  views: Views,
  hear: (left: Promise<unknown>) => void,
): AsyncIterable<Uint8Array> {
  const iterator = iteratorOf(views);
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => await iterator.next(),
      async return() {
        const left = Promise.resolve(iterator.return?.());
        hear(left);
        await left;
        return { done: true, value: undefined };
      },
    }),
  };
}

function withoutReturn(views: Views): AsyncIterable<Uint8Array> {
  const iterator = iteratorOf(views);
  return { [Symbol.asyncIterator]: () => ({ next: async () => await iterator.next() }) };
}
