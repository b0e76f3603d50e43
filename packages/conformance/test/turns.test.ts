import { describe, expect, it } from 'vitest';

import { microtasks, turns } from '../src/turns.ts';

describe('a wait of the kit', () => {
  it('lets chains of promises settle, and nothing that needs the loop', async () => {
    const settled: string[] = [];
    void chain(12).then(() => settled.push('chain'));
    setImmediate(() => settled.push('immediate'));
    await microtasks();
    expect(settled).toEqual(['chain']);
    await turns(2);
    expect(settled).toEqual(['chain', 'immediate']);
  });
});

async function chain(hops: number): Promise<void> {
  if (hops > 0) await chain(hops - 1);
}
