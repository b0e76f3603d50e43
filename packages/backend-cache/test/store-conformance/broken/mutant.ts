import type {
  CacheStore,
  EntryReader,
  EntryWriter,
  StoredEntry,
  WritePlan,
} from '../../../src/index.ts';
import type { Spoil } from '../failures.ts';
import type { StoreWorld } from '../reference-store.ts';

/** A store with one thing wrong. */
export interface Mutant {
  /** What is wrong with it. */
  readonly wrong: string;
  /** The names of the cases that are made for this. */
  readonly caughtBy: readonly string[];
  readonly spoil: Spoil;
}

/** The parts of a body that a reader is asked for. */
export type Part = Parameters<CacheStore['open']>[1];

/** Spoils every reader that `open` gives. */
export function readers(
  change: (reader: EntryReader, entry: StoredEntry, world: StoreWorld) => EntryReader,
): Spoil {
  return (store, world) => ({
    ...store,
    async open(entry, part) {
      const reader = await store.open(entry, part);
      return reader && change(reader, entry, world);
    },
  });
}

/** Spoils every writer. */
export function writers(
  change: (
    writer: EntryWriter,
    plan: WritePlan,
    world: StoreWorld,
    store: CacheStore,
  ) => EntryWriter,
): Spoil {
  return (store, world) => ({
    ...store,
    async write(plan) {
      const writer = await store.write(plan);
      return writer && change(writer, plan, world, store);
    },
  });
}

/** Spoils what writers are asked for with. */
export function plans(change: (plan: WritePlan, world: StoreWorld) => Partial<WritePlan>): Spoil {
  return (store, world) => ({
    ...store,
    write: (plan) => store.write({ ...plan, ...change(plan, world) }),
  });
}

/** Spoils every follower. */
export function followers(
  change: (reader: EntryReader, writer: EntryWriter) => EntryReader,
): Spoil {
  return writers((writer) => ({ ...writer, follow: () => change(writer.follow(), writer) }));
}

/** Spoils what is written to bodies. */
export function writes(change: (view: Uint8Array, offset: number) => Uint8Array): Spoil {
  return writers((writer) => {
    let offset = 0;
    return {
      ...writer,
      write(view) {
        const changed = change(view, offset);
        offset += view.length;
        return writer.write(changed);
      },
    };
  });
}

/** A promise that nobody settles. */
export async function forEver(): Promise<never> {
  return await new Promise<never>(() => {});
}
