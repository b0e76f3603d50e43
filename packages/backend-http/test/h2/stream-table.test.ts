import { array, assert, boolean, nat, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { StreamTable } from '../../src/h2/stream-table.ts';
import { Stream } from '../../src/h2/stream.ts';
import { Conversation } from './fixtures/conversation.ts';

describe('the table of streams', () => {
  it('knows what a map would know', () => {
    const { listener } = { listener: new Conversation().listener(1) };
    assert(
      property(array(tuple(nat(200), boolean()), { maxLength: 400 }), (steps) => {
        const table = new StreamTable();
        const map = new Map<number, Stream>();
        for (const [id, adds] of steps) {
          const known = map.get(id);
          if (adds && known === undefined) {
            const stream = new Stream(id, 'GET', listener);
            table.add(stream);
            map.set(id, stream);
          } else if (!adds && known !== undefined) {
            table.remove(known);
            table.remove(known);
            map.delete(id);
          }
        }
        for (let id = 0; id <= 200; id += 1) expect(table.get(id)).toBe(map.get(id));
        expect(table.size).toBe(map.size);
        expect(
          table
            .list()
            .map(({ id }) => id)
            .toSorted((a, b) => a - b),
        ).toEqual([...map.keys()].toSorted((a, b) => a - b));
      }),
      { numRuns: 50 },
    );
  });
});
