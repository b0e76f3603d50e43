import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { socks5 } from '../src/socks5.ts';
import { readText } from './fixtures/reading.ts';
import { converse, inPieces, type Conversing } from './fixtures/scripted-proxy.ts';

const anyone = [5, 0];
const reached = [5, 0, 0, 1, 127, 0, 0, 1, 0, 80];

function answer(bytes: readonly number[], options: Omit<Conversing, 'says'> = {}) {
  return converse(socks5, { says: [Uint8Array.from(bytes)], scheme: 'socks5', ...options });
}

function hex(said: string): string {
  return Buffer.from(said, 'latin1').toString('hex');
}

describe('asking a SOCKS5 proxy for a way', () => {
  it('leaves the name to the proxy', async () => {
    const { said, error } = await answer([...anyone, ...reached]);
    expect(error).toBeUndefined();
    const name = Buffer.from('inside.test').toString('hex');
    expect(hex(said)).toBe(`050100050100030b${name}01bb`);
  });

  it('sends addresses as such', async () => {
    expect(hex((await answer([...anyone, ...reached], { host: '192.0.2.1' })).said)).toBe(
      '05010005010001c000020101bb',
    );
    expect(hex((await answer([...anyone, ...reached], { host: '[2001:db8::1]' })).said)).toBe(
      '0501000501000420010db800000000000000000000000101bb',
    );
  });

  it('sends user and password when the proxy wants them', async () => {
    const credentials = { user: 'ü', password: 'p' };
    const { said, error } = await answer([5, 2, 1, 0, ...reached], { credentials });
    expect(error).toBeUndefined();
    expect(hex(said)).toMatch(/^050200020102c3bc0170/u);
  });

  it('leaves what came after the reply to the tunnel, whatever the split and the kind of address', async () => {
    const addresses = [
      [1, 1, 2, 3, 4],
      [3, 5, ...Buffer.from('a.tes')],
      [4, ...Array<number>(16).fill(7)],
    ];
    for (const address of addresses) {
      const bytes = Uint8Array.from([
        ...anyone,
        5,
        0,
        0,
        ...address,
        0,
        80,
        ...Buffer.from('220 hi'),
      ]);
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: bytes.length }), async (length) => {
          const { channel, error } = await converse(socks5, { says: inPieces(bytes, length) });
          expect(error).toBeUndefined();
          expect(await readText(channel, Infinity)).toBe('220 hi');
        }),
      );
    }
  });

  it.each([
    [1, 'unknown-proxy', 'general failure', false],
    [2, 'content-access-denied', 'connection not allowed', false],
    [3, 'temporary-network-failure', 'network unreachable', true],
    [4, 'host-not-found', 'host unreachable', false],
    [5, 'connection-refused', 'connection refused', false],
    [6, 'timeout', 'TTL expired', true],
    [7, 'unknown-proxy', 'command not supported', false],
    [8, 'unknown-proxy', 'address type not supported', false],
    [99, 'unknown-proxy', 'unknown reply', false],
  ])('says of reply %i that it is %s', async (reply, code, text, temporary) => {
    const { error } = await answer([...anyone, 5, reply, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect(error).toMatchObject({
      code,
      temporary,
      message: `no way to inside.test:443 through socks5://proxy.test:1: ${text} (SOCKS5 reply ${reply})`,
    });
  });

  it('says that credentials are wanted, and asks for them if it may', async () => {
    const nobody = await answer([5, 0xff]);
    expect(nobody.refusal).toEqual({ wants: 'SOCKS5 user and password' });
    const somebody = await answer([5, 2], { mayAsk: true });
    expect(somebody.refusal?.challenge).toMatchObject({ name: 'password', realm: '' });
    expect(hex(somebody.said)).toBe('05020002');
    const wrong = await answer([5, 2, 1, 1], { credentials: { user: 'u', password: 'p' } });
    expect(wrong.refusal?.challenge).toBeUndefined();
    expect(wrong.refusal).toBeDefined();
  });

  it.each([
    ['another version', [4, 0]],
    ['HTTP', [...Buffer.from('HTTP/1.1 400 Bad')]],
    ['a method that was not offered', [5, 2]],
    ['another version in the reply', [...anyone, 4, 0, 0, 1]],
    ['an unknown kind of address', [...anyone, 5, 0, 0, 2, 0, 0]],
  ])('refuses an answer with %s', async (_, bytes) => {
    expect((await answer(bytes)).error).toMatchObject({ code: 'unknown-proxy' });
  });

  it('says so when the proxy closes before it answered, wherever that is', async () => {
    const whole = [...anyone, ...reached];
    for (let length = 0; length < whole.length; length += 1) {
      const { error } = await answer(whole.slice(0, length));
      expect(error).toMatchObject({ code: 'proxy-connection-closed', temporary: true });
    }
  });

  it('refuses names and credentials that it cannot carry, before anything is sent', async () => {
    const { error, said } = await answer([], { host: 'x'.repeat(256) });
    expect(error).toMatchObject({ code: 'protocol-invalid-operation' });
    expect(said).toBe('');
    const long = await answer([5, 2], { credentials: { user: 'x'.repeat(256), password: '' } });
    expect(long.error).toMatchObject({ code: 'protocol-invalid-operation' });
  });
});
