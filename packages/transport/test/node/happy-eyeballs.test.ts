import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Attempt, FoundAddress } from '../../src/node/happy-eyeballs.ts';
import { interleaveFamilies, literalAddress, openFirst } from '../../src/node/happy-eyeballs.ts';
import { Interruption } from '../../src/node/interruption.ts';
import { LentClock } from '../fixtures/lent-clock.ts';
import { nextTurn } from '../fixtures/reading.ts';

const v6 = (last: number): FoundAddress => ({ address: `2001:db8::${last}`, family: 6 });
const v4 = (last: number): FoundAddress => ({ address: `192.0.2.${last}`, family: 4 });

/** Attempts that open and fail when the test says so. */
class Attempts {
  readonly clock = new LentClock();
  readonly started: string[] = [];
  readonly cancelled: string[] = [];
  readonly #settle = new Map<string, { open: () => void; fail: (code: string) => void }>();

  readonly open = ({ address }: FoundAddress): Attempt<string> => {
    this.started.push(address);
    const opened = new Promise<string>((resolve, reject) => {
      this.#settle.set(address, {
        open: () => resolve(address),
        fail: (code) => reject(Object.assign(new Error(`connect ${code}`), { code })),
      });
    });
    return { opened, cancel: () => this.cancelled.push(address) };
  };

  race(found: readonly FoundAddress[], limits: { timeout?: number; signal?: AbortSignal } = {}) {
    const { clock, open } = this;
    const interruption = new Interruption(limits, clock);
    return openFirst(found, { name: 'host.test:80', open, clock, interruption }).finally(() =>
      interruption.close(),
    );
  }

  async succeed({ address }: FoundAddress): Promise<void> {
    this.#settle.get(address)?.open();
    await nextTurn();
  }

  async fail({ address }: FoundAddress, code: string): Promise<void> {
    this.#settle.get(address)?.fail(code);
    await nextTurn();
  }
}

describe('the order of addresses', () => {
  it('lets families take turns, the first address first', () => {
    const found = [v6(1), v6(2), v6(3), v4(1), v4(2)];
    expect(interleaveFamilies(found)).toEqual([v6(1), v4(1), v6(2), v4(2), v6(3)]);
    expect(interleaveFamilies([v4(1), v4(2), v6(1)])).toEqual([v4(1), v6(1), v4(2)]);
    expect(interleaveFamilies([])).toEqual([]);
  });

  it('loses none and keeps the order within a family', () => {
    const address = fc.record({ address: fc.uuid(), family: fc.constantFrom(4, 6) });
    fc.assert(
      fc.property(fc.array(address), (found) => {
        const ordered = interleaveFamilies(found);
        for (const family of [4, 6]) {
          const of = (list: readonly FoundAddress[]) => list.filter((one) => one.family === family);
          expect(of(ordered)).toEqual(of(found));
        }
        expect(ordered.length).toBe(found.length);
      }),
    );
  });

  it('takes a literal as it is', () => {
    expect(literalAddress('127.0.0.1')).toEqual({ address: '127.0.0.1', family: 4 });
    expect(literalAddress('fe80::1%lo')).toEqual({ address: 'fe80::1%lo', family: 6 });
    expect(literalAddress('localhost')).toBeUndefined();
  });
});

describe('a race of addresses', () => {
  it('starts the next attempt after 250 ms and ends none for that', async () => {
    const attempts = new Attempts();
    const race = attempts.race([v6(1), v4(1), v4(2)]);
    attempts.clock.pass(249);
    expect(attempts.started).toEqual([v6(1).address]);
    attempts.clock.pass(1);
    expect(attempts.started).toEqual([v6(1).address, v4(1).address]);
    expect(attempts.cancelled).toEqual([]);
    await attempts.succeed(v6(1));
    expect(await race).toBe(v6(1).address);
    expect(attempts.cancelled).toEqual([v4(1).address]);
    attempts.clock.pass(10_000);
    expect(attempts.started.length).toBe(2);
    expect(attempts.clock.scheduled).toBe(0);
  });

  it('starts the next attempt at once when one fails, and gives it its time', async () => {
    const attempts = new Attempts();
    const race = attempts.race([v6(1), v4(1), v6(2)]);
    attempts.clock.pass(100);
    await attempts.fail(v6(1), 'ENETUNREACH');
    expect(attempts.started).toEqual([v6(1).address, v4(1).address]);
    attempts.clock.pass(249);
    expect(attempts.started.length).toBe(2);
    attempts.clock.pass(1);
    expect(attempts.started.length).toBe(3);
    await attempts.succeed(v4(1));
    expect(await race).toBe(v4(1).address);
    expect(attempts.cancelled).toEqual([v6(2).address]);
  });

  it('waits for the attempts that still run after the last failed', async () => {
    const attempts = new Attempts();
    const race = attempts.race([v6(1), v4(1)]);
    attempts.clock.pass(250);
    await attempts.fail(v4(1), 'ECONNREFUSED');
    await attempts.succeed(v6(1));
    expect(await race).toBe(v6(1).address);
  });

  it('names every address and its reason when all fail, with the most telling code', async () => {
    const attempts = new Attempts();
    const race = Promise.allSettled([attempts.race([v6(1), v4(1)])]);
    await attempts.fail(v6(1), 'ENETUNREACH');
    await attempts.fail(v4(1), 'ECONNREFUSED');
    expect(await race).toMatchObject([
      {
        reason: {
          code: 'connection-refused',
          temporary: false,
          message:
            'cannot connect to host.test:80 (2001:db8::1: ENETUNREACH, 192.0.2.1: ECONNREFUSED)',
        },
      },
    ]);
  });

  it.each([
    ['ETIMEDOUT', 'timeout', true],
    ['EHOSTUNREACH', 'temporary-network-failure', true],
    ['ECONNRESET', 'remote-host-closed', true],
    ['EACCES', 'content-access-denied', false],
    ['EWHATEVER', 'unknown-network', false],
  ])('says of %s that it is %s', async (system, code, temporary) => {
    const attempts = new Attempts();
    const race = Promise.allSettled([attempts.race([v4(1)])]);
    await attempts.fail(v4(1), system);
    expect(await race).toMatchObject([{ reason: { code, temporary } }]);
  });

  it('cancels all attempts when the time is over, and names what was tried', async () => {
    const attempts = new Attempts();
    const race = Promise.allSettled([attempts.race([v6(1), v4(1), v4(2)], { timeout: 300 })]);
    attempts.clock.pass(300);
    expect(await race).toMatchObject([
      {
        reason: {
          code: 'timeout',
          temporary: true,
          message: '300 ms passed while connecting to host.test:80 (tried 2001:db8::1, 192.0.2.1)',
        },
      },
    ]);
    expect(attempts.cancelled.length).toBe(2);
    expect(attempts.clock.scheduled).toBe(0);
  });

  it('starts nothing when it is aborted before', async () => {
    const attempts = new Attempts();
    const signal = AbortSignal.abort(new Error('no more'));
    await expect(attempts.race([v4(1)], { signal })).rejects.toMatchObject({
      code: 'operation-canceled',
      cause: { message: 'no more' },
    });
    expect(attempts.started).toEqual([]);
  });

  it('tries a bounded number of addresses', async () => {
    const attempts = new Attempts();
    const many = Array.from({ length: 100 }, (_, index) => v4(index));
    const race = Promise.allSettled([attempts.race(many)]);
    for (const address of many) await attempts.fail(address, 'ECONNREFUSED');
    expect((await race)[0]?.status).toBe('rejected');
    expect(attempts.started.length).toBe(32);
  });
});
