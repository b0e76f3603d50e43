import { iterableUpload, Registry, type Policy } from '@netaccess/core';
import { describe, expect, it } from 'vitest';

import { failureOf, managerOf, requestOf } from './fixtures/manager-of.ts';
import { ManualClock } from './fixtures/manual-clock.ts';
import { never, scripted } from './fixtures/scripted-backend.ts';

const SOON = 16_000;

describe('time limits', () => {
  it('end a request whose head does not come', async () => {
    const clock = new ManualClock();
    const factory = scripted({ open: () => never() });
    const manager = managerOf([factory], { clock, timeouts: { firstByte: SOON } });
    const sent = manager.send(requestOf({ href: 'test://host:1/' }));
    clock.advance(SOON);
    clock.advance(SOON / 4);
    expect(await failureOf(sent)).toMatchObject({
      code: 'timeout',
      message: `host:1 sent no reply within ${SOON} ms`,
    });
    expect(factory.seen.closed).toBe(1);
  });

  it('do not count the time in which the backend waits for a connection or a person', async () => {
    const clock = new ManualClock();
    let waiting = true;
    const factory = scripted({ open: () => never(), waiting: () => waiting });
    const sent = managerOf([factory], { clock, timeouts: { firstByte: SOON } }).send(requestOf());
    clock.advance(SOON * 3);
    expect(factory.seen.closed).toBe(0);
    waiting = false;
    clock.advance(SOON * 1.25);
    expect(await failureOf(sent)).toMatchObject({ code: 'timeout' });
  });

  it("do not count the time in which the caller's upload is awaited", async () => {
    const clock = new ManualClock();
    const stuck = iterableUpload({
      [Symbol.asyncIterator]: () => ({ next: () => never<IteratorResult<Uint8Array>>() }),
    });
    const factory = scripted({
      async open(request) {
        for await (const view of request.upload?.open() ?? []) void view;
        return never();
      },
    });
    const manager = managerOf([factory], { clock, timeouts: { firstByte: SOON } });
    const sent = manager.send(requestOf({ operation: 'put', upload: stuck }));
    await turn();
    clock.advance(SOON * 3);
    expect(factory.seen.closed).toBe(0);
    const ended = failureOf(sent);
    await manager.close();
    expect((await ended).code).toBe('operation-canceled');
  });

  it('end a read that stays pending, but not the pause between reads', async () => {
    const clock = new ManualClock();
    const views = [new Uint8Array(1)];
    const factory = scripted({
      read: () => (views.length > 0 ? (views.pop() ?? never()) : never()),
    });
    const reply = await managerOf([factory], { clock, timeouts: { idle: SOON } }).send(requestOf());
    clock.advance(SOON * 3);
    expect(await reply.readInto(new Uint8Array(1))).toBe(1);
    const pending = Promise.resolve(reply.readInto(new Uint8Array(1)));
    clock.advance(SOON * 1.25);
    expect(await failureOf(pending)).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('middle of the body'),
    });
  });

  it('hold for all that are left when some are done', async () => {
    const clock = new ManualClock();
    const factory = scripted();
    const manager = managerOf([factory], { clock, timeouts: { abandoned: SOON } });
    const replies = await Promise.all([1, 2, 3, 4].map(() => manager.send(requestOf())));
    await replies[1]?.close();
    await replies[0]?.close();
    expect(clock.running).toBe(1);
    clock.advance(SOON * 1.25);
    expect(factory.seen.closed).toBe(4);
  });

  it('are kept by one timer, however different they are', async () => {
    const clock = new ManualClock();
    clock.advance(SOON * 100);
    const factory = scripted({ open: () => never() });
    const manager = managerOf([factory], { clock });
    const limits = [SOON, 160];
    const sent = limits.map((firstByte) =>
      failureOf(manager.send(requestOf({ attributes: { timeouts: { firstByte } } }))),
    );
    expect(clock.running).toBe(1);
    clock.advance(200);
    expect(factory.seen.closed).toBe(1);
    await manager.close();
    expect((await Promise.all(sent)).map(({ code }) => code)).toEqual([
      'operation-canceled',
      'timeout',
    ]);
    clock.advance(1_000);
    expect(clock.running).toBe(0);
  });

  it('begin anew with every phase, however short', async () => {
    const clock = new ManualClock();
    let give: (view: Uint8Array) => void = () => undefined;
    const factory = scripted({ read: () => new Promise((resolve) => (give = resolve)) });
    const timeouts = { idle: 160, abandoned: SOON };
    const reply = await managerOf([factory], { clock, timeouts }).send(requestOf());
    const first = Promise.resolve(reply.readInto(new Uint8Array(1)));
    clock.advance(120);
    give(new Uint8Array(1));
    expect(await first).toBe(1);
    clock.advance(1600);
    const second = Promise.resolve(reply.readInto(new Uint8Array(1)));
    clock.advance(120);
    expect(factory.seen.closed).toBe(0);
    clock.advance(80);
    expect(await failureOf(second)).toMatchObject({ code: 'timeout' });
  });

  it('begin anew with every view of an upload', async () => {
    const clock = new ManualClock();
    const views = [0, 1, 2].map(() => new Uint8Array(1));
    const factory = scripted({
      open(request) {
        for (const view of (request.upload?.open() ?? []) as Iterable<Uint8Array>) {
          clock.advance(SOON * 0.75);
          void view;
        }
        return { url: request.url, headers: [] };
      },
    });
    const manager = managerOf([factory], { clock, timeouts: { firstByte: SOON } });
    const upload = iterableUpload(views);
    const reply = await manager.send(requestOf({ operation: 'put', upload }));
    expect(await reply.text()).toBe('hello world');
  });

  it('close a reply that nobody reads or closes, and say so', async () => {
    const clock = new ManualClock();
    const factory = scripted();
    const reply = await managerOf([factory], { clock, timeouts: { abandoned: SOON } }).send(
      requestOf(),
    );
    clock.advance(SOON * 1.25);
    expect(factory.seen.closed).toBe(1);
    expect(await failureOf(reply.bytes())).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('neither read nor closed'),
    });
  });

  it('of the request come before those of the manager', async () => {
    const clock = new ManualClock();
    const factory = scripted({ open: () => never() });
    const manager = managerOf([factory], { clock, timeouts: { firstByte: SOON * 100 } });
    const sent = manager.send(requestOf({ attributes: { timeouts: { firstByte: SOON } } }));
    clock.advance(SOON * 1.25);
    expect(await failureOf(sent)).toMatchObject({ code: 'timeout' });
    expect(factory.seen.requests[0]?.attributes.timeouts).toMatchObject({
      firstByte: SOON,
      connect: 30_000,
    });
  });

  it('of everything hold while a policy waits, and leave no timer and no listener behind', async () => {
    const clock = new ManualClock();
    const stuck: Policy = (request) =>
      new Promise((_resolve, reject) => {
        request.signal?.addEventListener('abort', () => reject(request.signal?.reason));
      });
    const manager = managerOf([scripted()], { clock, policies: [stuck] });
    const sent = manager.send(requestOf({ attributes: { timeouts: { total: 100 } } }));
    clock.advance(100);
    expect(await failureOf(sent)).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('100 ms'),
    });
    expect(clock.running).toBe(0);
  });

  it('of everything end a body that comes too slowly', async () => {
    const clock = new ManualClock();
    const factory = scripted({ read: () => never() });
    const reply = await managerOf([factory], { clock }).send(
      requestOf({ attributes: { timeouts: { total: 100 } } }),
    );
    const pending = failureOf(reply.bytes());
    clock.advance(100);
    expect(await pending).toMatchObject({ code: 'timeout' });
  });

  it('of everything leave the signal alone once they are over, though nobody read the reply', async () => {
    const clock = new ManualClock();
    const { signal, listeners } = countingSignal();
    const manager = managerOf([scripted()], { clock, timeouts: { total: SOON } });
    await manager.send(requestOf({ signal }));
    expect(listeners()).toBeGreaterThan(0);
    clock.advance(SOON);
    expect(listeners()).toBe(0);
  });

  it('of everything leave nothing behind when all goes well, or fails, in time', async () => {
    const clock = new ManualClock();
    const { signal, listeners } = countingSignal();
    const failing = scripted({ scheme: 'failing', open: () => Promise.reject(new Error('no')) });
    const manager = managerOf([scripted(), failing], { clock, timeouts: { total: SOON } });
    const reply = await manager.send(requestOf({ signal }));
    await reply.text();
    await failureOf(manager.send(requestOf({ href: 'failing:x', signal })));
    expect(listeners()).toBe(0);
    clock.advance(1_000);
    expect(clock.running).toBe(0);
  });

  it.each([Number.NaN, -1, '5' as never])('refuse %s', async (limit) => {
    const failure = await failureOf(
      managerOf([scripted()]).send(requestOf({ attributes: { timeouts: { idle: limit } } })),
    );
    expect(failure).toMatchObject({
      code: 'protocol-invalid-operation',
      message: `timeouts: idle is ${limit}, which is no number of milliseconds`,
    });
    expect(() => managerOf([], { timeouts: { total: limit } })).toThrow('total');
  });

  it('leave no timer behind once every reply is done', async () => {
    const clock = new ManualClock();
    const reply = await managerOf([scripted()], { clock }).send(
      requestOf({ attributes: { timeouts: { total: 1e6 } } }),
    );
    await reply.text();
    clock.advance(1000);
    expect(clock.running).toBe(0);
  });
});

describe('a manager', () => {
  it('answers to the request that it was given, whatever policies made of it', async () => {
    const change: Policy = (request, next) => next({ ...request, headers: [['a', 'b']] });
    const request = requestOf();
    const reply = await managerOf([scripted()], { policies: [change] }).send(request);
    expect(reply.request).toBe(request);
    await reply.close();
  });

  it('takes the blanks around header values off', async () => {
    const factory = scripted();
    const headers = [
      ['a', ' 1 '],
      ['b', '\t2'],
    ] as const;
    await (await managerOf([factory]).send(requestOf({ headers }))).close();
    expect(factory.seen.requests[0]?.headers).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
  });

  it('refuses header names and values that would break a line', async () => {
    const factory = scripted();
    for (const header of [
      ['a\r\nb', 'c'],
      ['a', 'b\nc'],
      ['a', 'b\0'],
      ['', 'x'],
    ] as const) {
      const failure = await failureOf(managerOf([factory]).send(requestOf({ headers: [header] })));
      expect(failure.code).toBe('protocol-invalid-operation');
    }
    expect(factory.seen.requests).toHaveLength(0);
  });

  it('fails the request of a policy that throws, and no other', async () => {
    const throwing: Policy = (request, next) => {
      if (request.url.href === 'test:bad') throw new TypeError('oops');
      return next(request);
    };
    const manager = managerOf([scripted()], { policies: [throwing] });
    const failure = await failureOf(manager.send(requestOf({ href: 'test:bad' })));
    expect(failure).toMatchObject({ code: 'unknown-network', message: 'oops' });
    expect(await (await manager.send(requestOf())).text()).toBe('hello world');
  });

  it('that is closed has nothing open and refuses everything', async () => {
    const opening = scripted({ scheme: 'opening', open: () => never() });
    const reading = scripted();
    const manager = managerOf([opening, reading]);
    const sent = failureOf(manager.send(requestOf({ href: 'opening:x' })));
    const reply = await manager.send(requestOf());
    await manager[Symbol.asyncDispose]();
    await manager.close();
    expect((await sent).message).toContain('manager was closed');
    expect(await failureOf(reply.bytes())).toMatchObject({ code: 'operation-canceled' });
    expect([opening.seen.closed, reading.seen.closed]).toEqual([1, 1]);
    expect([opening.seen.factoryClosed, reading.seen.factoryClosed]).toEqual([1, 1]);
    expect(await failureOf(manager.send(requestOf()))).toMatchObject({
      code: 'operation-canceled',
    });
    expect(await failureOf(manager.preconnect(new URL('test:x')))).toMatchObject({
      code: 'operation-canceled',
    });
  });

  it('closes a factory only after the last backend of it', async () => {
    const order: string[] = [];
    const factory = scripted({
      create: (request) => ({
        open: () => ({ url: request.url, headers: [] }),
        readPointer: () => never(),
        advanceReadPointer: () => undefined,
        async close() {
          await turn();
          order.push('backend');
        },
      }),
    });
    const manager = managerOf([{ ...factory, close: async () => void order.push('factory') }]);
    await manager.send(requestOf());
    await manager.close();
    expect(order).toEqual(['backend', 'factory']);
  });

  it('closes although a backend never does', async () => {
    const clock = new ManualClock();
    const factory = scripted({
      create: (request) => ({
        open: () => ({ url: request.url, headers: [] }),
        readPointer: () => never(),
        advanceReadPointer: () => undefined,
        close: () => never(),
      }),
    });
    const manager = managerOf([factory], { clock });
    await manager.send(requestOf());
    const closed = manager.close();
    clock.advance(10_000);
    await closed;
    expect(factory.seen.factoryClosed).toBe(1);
  });

  it('closes although a factory never does', async () => {
    const clock = new ManualClock();
    const factory = { ...scripted(), close: () => never<void>() };
    const closed = managerOf([factory], { clock }).close();
    await turn();
    clock.advance(10_000);
    await expect(closed).resolves.toBeUndefined();
  });

  it('waits for every factory before it says that one could not close', async () => {
    let closed = false;
    const failing = { ...scripted(), close: () => Promise.reject(new Error('stuck')) };
    const slow = {
      ...scripted(),
      async close() {
        await turn();
        closed = true;
      },
    };
    expect(await failureOf(managerOf([failing, slow]).close())).toMatchObject({ message: 'stuck' });
    expect(closed).toBe(true);
  });

  it('ends each exchange once, also when ending one ends another', async () => {
    const held = scripted();
    const manager = managerOf([
      held,
      scripted({
        scheme: 'first',
        create: (request) => ({
          open: () => ({ url: request.url, headers: [] }),
          readPointer: () => never(),
          advanceReadPointer: () => undefined,
          close: () => reading.close(),
        }),
      }),
    ]);
    const first = await manager.send(requestOf({ href: 'first:x' }));
    const reading = await manager.send(requestOf());
    expect(first.url.href).toBe('first:x');
    await manager.close();
    expect(held.seen.closed).toBe(1);
  });

  it('leaves the signal alone once an abort has ended the wait for a plugin', async () => {
    const registry = new Registry({ plugins: { stuck: () => never() } });
    const { signal, listeners, abort } = countingSignal();
    const sent = managerOf([], { registry }).send(requestOf({ href: 'stuck:x', signal }));
    expect(listeners()).toBe(1);
    abort();
    expect((await failureOf(sent)).code).toBe('operation-canceled');
    expect(listeners()).toBe(0);
  });

  it('tells factories to clear their connections', async () => {
    let cleared = 0;
    const factory = { ...scripted(), clearConnections: async () => void (cleared += 1) };
    const manager = managerOf([factory]);
    await manager.clearConnections();
    expect(cleared).toBe(1);
    expect(await (await manager.send(requestOf())).text()).toBe('hello world');
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function countingSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  let count = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...listening: Parameters<typeof addEventListener>) => {
    count += 1;
    addEventListener.apply(signal, listening);
  };
  signal.removeEventListener = (...listening: Parameters<typeof removeEventListener>) => {
    count -= 1;
    removeEventListener.apply(signal, listening);
  };
  return { signal, listeners: () => count, abort: () => controller.abort() };
}
