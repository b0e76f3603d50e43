import type { Backend, BackendContext, BackendFactory, Request } from '@netaccess/core';

import type { Spoil } from '../failures.ts';
import type { Variant } from '../memory-backend.ts';
import type { MemoryWorld } from '../memory-world.ts';

/** A backend with one thing wrong. */
export interface Mutant {
  /** What is wrong with it. */
  readonly wrong: string;
  /** The name of the case that is made for this. */
  readonly caughtBy: string;
  /** Names of the other cases that cannot but notice it; `any` where nearly all do. */
  readonly also?: readonly string[] | 'any';
  /** Nothing works through a manager: core itself refuses this. */
  readonly refusedByCore?: true;
  readonly variant: Variant;
  readonly spoil: Spoil;
}

/** What a backend was made from. */
export interface Made {
  readonly request: Request;
  readonly context: BackendContext;
  readonly world: MemoryWorld;
  readonly factory: BackendFactory;
}

/** Spoils every backend that the factory makes. */
export function backends(change: (backend: Backend, made: Made) => Backend): Spoil {
  return (factory, world) => ({
    ...factory,
    create(request, context) {
      const backend = factory.create(request, context);
      return backend && change(backend, { request, context, world, factory });
    },
  });
}

/** Spoils what `create` is given. */
export function requests(
  change: (request: Request, context: BackendContext) => Partial<Request>,
): Spoil {
  return (factory) => ({
    ...factory,
    create: (request, context) =>
      factory.create({ ...request, ...change(request, context) }, context),
  });
}

/** Spoils the backends whose request fits. */
export function backendsOf(
  fits: (request: Request) => boolean,
  change: (backend: Backend, made: Made) => Backend,
): Spoil {
  return backends((backend, made) => (fits(made.request) ? change(backend, made) : backend));
}

/** True for a get of this path. */
export function getOf(path: string): (request: Request) => boolean {
  return ({ operation, url }) => operation === 'get' && url.pathname === path;
}

/** True for requests that came through a manager: core adds its time limits. */
export function isManaged({ attributes }: Request): boolean {
  return 'timeouts' in attributes;
}

/** The members of a backend that lends, whatever the compiler knows. */
export function lending(backend: Backend): {
  readPointer(): Uint8Array | Promise<Uint8Array>;
  advanceReadPointer(distance: number): void;
} {
  if ('readPointer' in backend) return backend;
  throw new Error('the reference backend does not lend');
}

/** The member of a backend that copies. */
export function copying(backend: Backend): {
  read(into: Uint8Array): number | Promise<number>;
} {
  if ('read' in backend) return backend;
  throw new Error('the reference backend does not copy');
}

/** One turn of the event loop. */
export async function turn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}

/** A promise that nobody settles. */
export async function forEver(): Promise<never> {
  return await new Promise<never>(() => {});
}
