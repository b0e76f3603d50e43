import type { StoredEntry } from '../../store.ts';
import { storeCase } from '../case.ts';
import type { StoreCase, StoreCaseDefinition } from '../case.ts';
import type { StoreFixture } from '../fixture.ts';
import { turns } from '../outcome.ts';
import { checkBytes } from '../rule.ts';
import { sampleBytes, sampleHead } from '../samples.ts';
import type { StoreProbe } from '../store-probe.ts';
import type { StoreTrial } from '../trial.ts';

const bytes = sampleBytes(1_200_000);

const throughRemoval = keepingCase('an opened entry stays readable when it is removed', {
  change: async (store) => {
    await store.remove('key');
  },
});

const throughClearing = keepingCase('an opened entry stays readable when all is cleared', {
  change: async (store) => await store.clear(),
});

const throughReplacing = keepingCase('an opened entry stays readable when it is replaced', {
  change: async (store, entry) => {
    await store.put('key', sampleBytes(1_200_000, 1), { replaces: [entry] });
  },
});

const throughFreshening = keepingCase('an opened entry stays readable when it is freshened', {
  change: async (store, entry) => {
    await store.freshen(entry, sampleHead({ length: bytes.length, validator: '"2"' }));
  },
});

const throughTrimming = keepingCase('an opened entry stays readable when it is trimmed away', {
  limited: true,
  change: async (store, _entry, trial) => {
    const each = sampleBytes(Math.floor(limitOf(trial) / 5), 2);
    for (let index = 0; index < 12; index++) {
      trial.later();
      await store.put(`filling ${index}`, each);
    }
    await turns(4);
  },
});

/** The bytes of an opened entry outlive it. */
export const keepingCases: readonly StoreCase[] = [
  throughRemoval,
  throughClearing,
  throughReplacing,
  throughFreshening,
  throughTrimming,
];

/** What happens to the entry between its first and its second reader's reading, and whether the store is a small one. */
interface Keeping {
  readonly limited?: true;
  readonly change: (store: StoreProbe, entry: StoredEntry, trial: StoreTrial) => Promise<void>;
}

/** Opens an entry twice, reads a little of one, lets something happen to it, and reads both to the end. */
function keepingCase(name: string, { limited, change }: Keeping): StoreCase {
  const definition: StoreCaseDefinition = {
    name,
    member: 'EntryReader: its bytes stay readable until it is closed',
    async run(trial) {
      const maximumBytes = limitOf(trial);
      const store = await trial.open(limited === true ? { maximumBytes } : {});
      const stored = limited === true ? bytes.subarray(0, Math.floor(maximumBytes / 2)) : bytes;
      const entry = await store.put('key', stored);
      const [started, untouched] = [await store.open(entry), await store.open(entry)];
      const start = await started.exactly(1000);
      await change(store, entry, trial);
      checkBytes(start, stored.subarray(0, 1000), 'the first bytes');
      checkBytes(await started.rest(), stored.subarray(1000), 'the rest of a started one');
      checkBytes(await untouched.rest(), stored, 'one that was only opened');
    },
  };
  if (limited !== true) return storeCase(definition);
  return storeCase({ ...definition, applies: hasByteLimit });
}

function limitOf({ fixture }: StoreTrial): number {
  return fixture.smallestBytes ?? 1_048_576;
}

function hasByteLimit({ limits }: StoreFixture): boolean {
  return limits?.includes('maximumBytes') === true;
}
