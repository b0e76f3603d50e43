import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { forbidden, type ModelReply } from './fixtures/caching-model.ts';
import { START, World } from './fixtures/origin.ts';

const seconds = fc.integer({ min: 0, max: 20 });
const soon = fc.integer({ min: 0, max: 4 });
const timed = (...names: readonly string[]) =>
  fc.tuple(fc.constantFrom(...names), seconds).map(([name, value]) => `${name}=${value}`);
const replyDirective = fc.oneof(
  { weight: 9, arbitrary: timed('max-age') },
  { weight: 2, arbitrary: timed('s-maxage', 'stale-while-revalidate') },
  fc.constantFrom(
    'no-store',
    'no-cache',
    'private',
    'public',
    'must-revalidate',
    'proxy-revalidate',
  ),
);
const requestDirective = fc.oneof(
  timed('max-age', 'min-fresh', 'max-stale'),
  fc.constant('no-cache'),
);
const few = { maxLength: 2 };

const answer = fc.record({
  directives: fc.array(replyDirective, few),
  age: fc.option(seconds, { nil: undefined, freq: 4 }),
  expires: fc.option(seconds, { nil: undefined, freq: 3 }),
  variesByFoo: fc.boolean(),
  status: fc.constantFrom(200, 200, 404, 500),
});
const step = fc.record({
  wait: soon,
  url: fc.constantFrom('http://origin.test/a', 'http://origin.test/b'),
  operation: fc.constantFrom(...Array.from({ length: 9 }, () => 'get'), 'put'),
  foo: fc.option(fc.constantFrom('1', '2'), { nil: undefined }),
  authorization: fc.option(fc.constantFrom('me', 'you'), { nil: undefined, freq: 4 }),
  directives: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.array(requestDirective, few)),
  answer,
});

type Step = ReturnType<typeof step.generate>['value'];

/** What is served without asking, and what of that was forbidden. */
async function played(
  steps: readonly Step[],
  shared: boolean,
): Promise<{ hits: number; wrong: string[] }> {
  const world = new World({ shared, collapse: false });
  const history: ModelReply[] = [];
  const changes: { url: string; order: number }[] = [];
  const wrong: string[] = [];
  let hits = 0;
  let current: Step | undefined;
  let order = 0;
  world.script = ({ operation, url, headers }) => {
    if (current === undefined) throw new Error('nobody asked');
    const { answer: made } = current;
    const at = (world.now - START) / 1000;
    const body = `${history.length}`;
    const field = (name: string) => headers.find(([other]) => other === name)?.[1];
    const asked = { requestFoo: field('foo'), authorization: field('authorization') };
    if (operation === 'get') history.push({ url: url.href, at, order, ...asked, ...made, body });
    return {
      status: operation === 'put' ? 200 : made.status,
      body,
      headers: {
        'cache-control': made.directives.join(', '),
        date: new Date(world.now).toUTCString(),
        ...(made.age !== undefined && { age: String(made.age) }),
        ...(made.expires !== undefined && {
          expires: new Date(world.now + made.expires * 1000).toUTCString(),
        }),
        ...(made.variesByFoo && { vary: 'foo' }),
      },
    };
  };
  for (const each of steps) {
    current = each;
    order += 1;
    const { url, operation, foo, authorization, directives, wait } = each;
    world.now += wait * 1000;
    const at = (world.now - START) / 1000;
    const headers = {
      ...(foo !== undefined && { foo }),
      ...(authorization !== undefined && { authorization }),
      ...(directives.length > 0 && { 'cache-control': directives.join(', ') }),
    };
    const known = history.length;
    const got = await world.get(url, { operation: operation === 'put' ? 'put' : 'get', headers });
    // What is revalidated in the background is done before the next step.
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    if (operation === 'put') changes.push({ url, order });
    const reply = history[Number(got.body)];
    if (operation === 'put' || reply === undefined || Number(got.body) >= known) continue;
    hits += 1;
    const problem = forbidden({ url, at, foo, authorization, directives }, reply, {
      shared,
      changes,
    });
    if (problem !== undefined)
      wrong.push(`${got.outcome} of ${JSON.stringify(reply)} although ${problem}`);
  }
  return { hits, wrong };
}

describe('whatever is asked and answered', () => {
  it.each([false, true])('nothing is served that RFC 9111 forbids (shared: %s)', async (shared) => {
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
        const outcome = await played(steps, shared);
        hits += outcome.hits;
        expect(outcome.wrong).toEqual([]);
      }),
      { numRuns: 200 },
    );
    expect(hits).toBeGreaterThan(30);
  });
});
