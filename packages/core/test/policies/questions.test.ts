import { describe, expect, it } from 'vitest';

import type { Challenge, Credentials } from '../../src/contract.ts';
import { Questions, type Question } from '../../src/policies/questions.ts';
import { scriptedRequest } from '../fixtures/scripted-send.ts';

const ann: Credentials = { user: 'ann', password: '1' };
const bob: Credentials = { user: 'bob', password: '2' };

function question(space: string, refused?: Credentials): Question {
  const challenge: Challenge = {
    name: 'basic',
    realm: space,
    origin: new URL('test://a/'),
    answer: (_credentials, request) => request,
  };
  return { space, challenge, request: scriptedRequest('test://a/'), refused };
}

/** A function whose answers are given later, in the order in which it was asked. */
function answeringLater() {
  const waiting: ((credentials: Credentials) => void)[] = [];
  const askFor = (): Promise<Credentials> => new Promise((resolve) => waiting.push(resolve));
  return { askFor, waiting };
}

describe('questions', () => {
  it('are asked anew by a request that was refused what another one was told', async () => {
    const questions = new Questions();
    const { askFor, waiting } = answeringLater();
    const first = questions.ask(askFor, question('a'));
    const second = questions.ask(askFor, question('a', ann));
    waiting[0]?.(ann);
    expect(await first).toEqual(ann);
    await expect.poll(() => waiting.length).toBe(2);
    waiting[1]?.(bob);
    expect(await second).toEqual(bob);
  });

  it('in one space do not end those in another', async () => {
    const questions = new Questions();
    const { askFor, waiting } = answeringLater();
    const first = questions.ask(askFor, question('a'));
    const second = questions.ask(askFor, question('b'));
    waiting[0]?.(ann);
    await first;
    const third = questions.ask(askFor, question('b'));
    expect(waiting).toHaveLength(2);
    waiting[1]?.(bob);
    expect(await Promise.all([second, third])).toEqual([bob, bob]);
  });
});
