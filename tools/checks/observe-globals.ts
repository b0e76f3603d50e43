/** Prints, as a JSON list, the globals that importing the module of the first argument adds, takes away or replaces. */
type Facts = ReadonlyMap<string, unknown>;

const prototypes = [Object, Array, Function, Promise, Error, Uint8Array, String, Map, Set, URL];

function facts(): Facts {
  const found = new Map<string, unknown>();
  const collect = (owner: string, object: object): void => {
    for (const key of Reflect.ownKeys(object)) {
      const descriptor = Object.getOwnPropertyDescriptor(object, key);
      for (const part of ['value', 'get', 'set', 'writable', 'enumerable'] as const) {
        found.set(`${owner}.${String(key)} (${part})`, descriptor?.[part]);
      }
    }
  };
  collect('globalThis', globalThis);
  for (const owner of prototypes) collect(`${owner.name}.prototype`, owner.prototype);
  for (const event of process.eventNames()) {
    found.set(`process.on ${String(event)}`, process.listenerCount(event));
  }
  return found;
}

function differences(before: Facts, after: Facts): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => !Object.is(before.get(name), after.get(name)));
}

// Node loads what is behind `fetch` when somebody first looks, and that adds symbols of its own.
facts();
const before = facts();
await import(process.argv[2] ?? '');
const found = differences(before, facts());
process.stdout.write(JSON.stringify(found));
