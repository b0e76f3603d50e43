import { describe, expect, it } from 'vitest';

import { KeyLogSecrets } from '../../src/alerts/key-log-secrets.ts';

const random = Uint8Array.from({ length: 32 }, (_, at) => at);
const other = new Uint8Array(32);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const line = (label: string, secret: Uint8Array, from = random): Buffer =>
  Buffer.from(`${label} ${hex(from)} ${hex(secret)}\n`);
const secret = (byte: number): Uint8Array => new Uint8Array(48).fill(byte);

describe('the secrets of a key log', () => {
  it('are found by label and random, the newest first', () => {
    const secrets = new KeyLogSecrets();
    secrets.add(line('CLIENT_RANDOM', secret(1)));
    secrets.add(line('CLIENT_RANDOM', secret(2), other));
    secrets.add(line('CLIENT_RANDOM', secret(3)));
    expect(secrets.find('CLIENT_RANDOM', random)).toEqual(secret(3));
    expect(secrets.find('CLIENT_RANDOM', other)).toEqual(secret(2));
    expect(secrets.find('CLIENT_TRAFFIC_SECRET_0', random)).toBeUndefined();
  });
  it('take digits of either case, and no lines that are damaged', () => {
    const secrets = new KeyLogSecrets();
    secrets.add(Buffer.from(`CLIENT_RANDOM ${hex(random).toUpperCase()} AbCd\r\n`));
    expect(secrets.find('CLIENT_RANDOM', random)).toEqual(Uint8Array.of(0xab, 0xcd));
    const damaged = ['', '#', 'A B', ' x y', `A ${hex(random)} 0`, `A ${hex(random)} 0g`];
    for (const text of [...damaged, `A 00 00`, `A ${hex(random)} ${'00'.repeat(65)}`]) {
      expect(() => secrets.add(Buffer.from(text))).not.toThrow();
    }
  });
  it('are overwritten when they are wiped, or are too many', () => {
    const secrets = new KeyLogSecrets();
    secrets.add(line('CLIENT_RANDOM', secret(7)));
    const first = secrets.find('CLIENT_RANDOM', random);
    for (let more = 0; more < 32; more += 1) secrets.add(line('CLIENT_RANDOM', secret(8)));
    expect(first).toEqual(secret(0));
    const last = secrets.find('CLIENT_RANDOM', random);
    secrets.wipe();
    expect(last).toEqual(secret(0));
    expect(secrets.find('CLIENT_RANDOM', random)).toBeUndefined();
  });
});
