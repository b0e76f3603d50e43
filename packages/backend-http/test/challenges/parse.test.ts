import type { Challenge, Credentials, Request } from '@netaccess/core';
import { describe, expect, it } from 'vitest';

import { parseChallenges } from '../../src/challenges/parse.ts';

const url = new URL('https://me:pw@host.test:8443/a/path?q');
const request: Request = {
  operation: 'get',
  url,
  headers: [
    ['accept', '*/*'],
    ['authorization', 'Basic old'],
    ['Proxy-Authorization', 'Basic old'],
  ],
  attributes: {},
  originAttributes: {},
};

function only(values: readonly string[], kind: 'origin' | 'proxy' = 'origin'): Challenge {
  const [challenge, ...others] = parseChallenges(values, url, kind);
  expect(others).toEqual([]);
  if (!challenge) throw new Error('no challenge');
  return challenge;
}
async function proof(value: string, credentials: Credentials): Promise<string | undefined> {
  const { headers } = await only([value]).answer(credentials, request);
  const field = headers.find(([name]) => name === 'Authorization')?.[1];
  return field?.startsWith('Basic ') ? Buffer.from(field.slice(6), 'base64').toString() : field;
}

describe('parseChallenges', () => {
  it('gives name, realm and origin', () => {
    const challenge = only(['Basic realm="the \\"realm\\""']);
    expect(challenge).toMatchObject({ name: 'basic', realm: 'the "realm"' });
    expect(challenge.origin.href).toBe('https://host.test:8443/');
  });

  it('leaves out what cannot be answered', () => {
    expect(
      parseChallenges(['Negotiate, Unheard realm="x"', 'Basic realm="'], url, 'origin'),
    ).toEqual([]);
    expect(parseChallenges([], url, 'origin')).toEqual([]);
    expect(only(['Negotiate', 'Unheard realm="x", Basic realm="y"']).realm).toBe('y');
  });

  it('keeps the order of equals', () => {
    const challenges = parseChallenges(['Basic realm="1"', 'Basic realm="2"'], url, 'origin');
    expect(challenges.map(({ realm }) => realm)).toEqual(['1', '2']);
  });

  it('looks at a limited number of challenges and characters', () => {
    const many = Array.from({ length: 100 }, (_, index) => `Basic realm="${index}"`);
    expect(parseChallenges(many, url, 'origin')).toHaveLength(32);
    expect(parseChallenges([many.join(', ')], url, 'origin')).toHaveLength(32);
    const long = ['Basic realm="1"', `Basic realm="${'x'.repeat(70_000)}"`, 'Basic realm="3"'];
    expect(only(long).realm).toBe('1');
  });
});

describe('the answer to Basic', () => {
  it('replaces what the request had for that asker, and nothing else', async () => {
    const value = `Basic ${Buffer.from('me:pass:word').toString('base64')}`;
    const credentials = { user: 'me', password: 'pass:word' };
    const forOrigin = await only(['Basic realm="x"']).answer(credentials, request);
    expect(forOrigin).toEqual({
      ...request,
      headers: [
        ['accept', '*/*'],
        ['Proxy-Authorization', 'Basic old'],
        ['Authorization', value],
      ],
    });
    const forProxy = await only(['Basic realm="x"'], 'proxy').answer(credentials, request);
    expect(forProxy.headers).toEqual([
      ['accept', '*/*'],
      ['authorization', 'Basic old'],
      ['Proxy-Authorization', value],
    ]);
    expect(request.headers).toHaveLength(3);
  });

  it('is the example of RFC 7617 §2', async () => {
    const { headers } = await only(['Basic realm="WallyWorld"']).answer(
      { user: 'Aladdin', password: 'open sesame' },
      request,
    );
    expect(headers).toContainEqual(['Authorization', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==']);
  });

  it('is UTF-8, composed where the server says so', async () => {
    const credentials = { user: 'u', password: '£e\u0301' };
    expect(await proof('Basic realm="x", charset="UTF-8"', credentials)).toBe('u:£\u00E9');
    expect(await proof('Basic realm="x"', credentials)).toBe('u:£e\u0301');
  });

  it('needs only one of user and password', async () => {
    expect(await proof('Basic realm="x"', { user: 'me' })).toBe('me:');
    expect(await proof('Basic', { password: 'pw' })).toBe(':pw');
  });

  it.each<[string, Credentials, RegExp]>([
    ['a colon in the user', { user: 'a:b', password: 'pw' }, /a user with a colon/],
    ['a control character', { user: 'a', password: 'p\u0007w' }, /control characters/],
    ['no user and no password', { token: 'abc' }, /given neither/],
  ])('refuses %s without telling it', async (_, credentials, reason) => {
    const answer = async (): Promise<Request> =>
      only(['Basic realm="x"']).answer(credentials, request);
    await expect(answer()).rejects.toThrow(reason);
    await expect(answer()).rejects.toMatchObject({ code: 'protocol-invalid-operation' });
  });
});
