import { describe, expect, it } from 'vitest';

import { compose } from '../src/compose.ts';
import type { Policy } from '../src/contract.ts';
import { Script, scriptedReply, scriptedRequest } from './fixtures/scripted-send.ts';

describe('compose', () => {
  it('makes the first policy the outermost', async () => {
    const order: string[] = [];
    const noting =
      (name: string): Policy =>
      async (request, next) => {
        order.push(`${name} in`);
        const reply = await next(request);
        order.push(`${name} out`);
        return reply;
      };
    const send = compose([noting('first'), noting('second')], async (request) => {
      order.push('send');
      return scriptedReply({ url: request.url });
    });
    await send(scriptedRequest('test://host/'));
    expect(order).toEqual(['first in', 'second in', 'send', 'second out', 'first out']);
  });
  it('is the innermost send itself without policies', () => {
    const { send } = new Script();
    expect(compose([], send)).toBe(send);
  });
});
