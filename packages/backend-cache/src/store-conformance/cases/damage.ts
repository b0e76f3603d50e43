import { storeCase } from '../case.ts';
import type { StoreCase, StoreCaseDefinition } from '../case.ts';
import { check, checkBytes } from '../rule.ts';
import { sampleBytes } from '../samples.ts';

const bytes = sampleBytes(400_000);

const neverWrong = damageCase({
  name: 'damaged bytes are never lent',
  member: 'CacheStore.open',
  async run(trial) {
    const store = await trial.open();
    const entry = await store.put('key', bytes);
    await trial.fixture.damage?.(store.store, entry);
    for (let attempt = 0; attempt < 2; attempt++) {
      const outcome = await trial.outcome('reading a damaged entry', async () => {
        const reader = await store.tryOpen(entry);
        if (reader === undefined) return false;
        let offset = 0;
        for (;;) {
          const view = await reader.reader.readPointer();
          if (view.length === 0) return true;
          checkBytes(view, bytes.subarray(offset, offset + view.length), 'a view');
          reader.reader.advanceReadPointer(view.length);
          offset += view.length;
        }
      });
      if (!outcome.ok) {
        const { message } = outcome.error instanceof Error ? outcome.error : { message: '' };
        check(!message.startsWith('a view'), `damaged bytes were lent: ${message}`);
        check(message !== '', 'reading failed without words');
      }
      check(!outcome.ok || !outcome.value, 'a damaged entry was read to its end');
    }
  },
});

const verifyFinds = damageCase({
  name: 'a check finds what is damaged, removes it, and nothing else',
  member: 'CacheStore.verify',
  async run(trial) {
    const store = await trial.open();
    const entry = await store.put('key', bytes);
    await store.put('healthy', bytes);
    await trial.fixture.damage?.(store.store, entry);
    const { damaged } = await trial.value('verify()', () => store.store.verify());
    check(damaged.length === 1, `verify() found ${damaged.length} damaged entries instead of 1`);
    check(damaged[0]?.problem !== '', 'verify() does not say what is wrong');
    await store.checkNothing('key', 'after a check removed it');
    await store.checkStored('healthy', bytes, 'what was not damaged');
    const second = await trial.value('verify()', () => store.store.verify());
    check(second.damaged.length === 0, 'verify() finds the same again');
  },
});

const canBeReplaced = damageCase({
  name: 'what is damaged can be replaced',
  member: 'CacheStore.write',
  async run(trial) {
    const store = await trial.open();
    const entry = await store.put('key', bytes);
    await trial.fixture.damage?.(store.store, entry);
    await store.put('key', sampleBytes(500, 1), { replaces: [entry] });
    await store.checkStored('key', sampleBytes(500, 1), 'what replaced it');
  },
});

/** Bytes that changed where they lie. */
export const damageCases: readonly StoreCase[] = [neverWrong, verifyFinds, canBeReplaced];

function damageCase(definition: StoreCaseDefinition): StoreCase {
  return storeCase({ ...definition, applies: (fixture) => 'damage' in fixture });
}
