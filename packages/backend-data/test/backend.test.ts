import { testConformance } from '@netaccess/conformance/vitest';
import { NetworkAccessManager, Registry } from '@netaccess/core';
import type { Operation, Reply, Request, RequestAttributes } from '@netaccess/core';
import { describe, expect, it } from 'vitest';

import plugin from '../src/index.ts';
import { data } from '../src/index.ts';

const bytes = Uint8Array.from({ length: 300 }, (_, index) => (index * 3) % 256);
const large = Uint8Array.from(
  { length: 2_000_000 },
  (_, index) => (index * 7 + (index >> 8)) % 251,
);

testConformance('backend-data', {
  factory: data,
  served: {
    existing: { url: base64Url(bytes), bytes },
    other: {
      url: base64Url(bytes.map((byte) => byte ^ 255)),
      bytes: bytes.map((byte) => byte ^ 255),
    },
    large: { url: base64Url(large), bytes: large },
    empty: new URL('data:,'),
    failing: [
      { url: new URL('data:no-comma'), code: 'protocol-failure' },
      { url: new URL('data:;base64,A'), code: 'protocol-failure' },
    ],
  },
  operations: ['get', 'head'],
});

describe('the data backend', () => {
  it('is the default export of its module', () => {
    expect(plugin().name).toBe(data().name);
  });

  it('gives type and length, and no status', async () => {
    const reply = await ask('data:text/html;charset=utf-8,<p>');
    expect([...reply.headers]).toEqual([
      ['Content-Type', 'text/html;charset=utf-8'],
      ['Content-Length', '3'],
    ]);
    expect(reply.status).toBeUndefined();
    expect(await reply.text()).toBe('<p>');
  });

  it('gives the length of the whole for a head, and no body', async () => {
    const reply = await ask('data:,12345', { operation: 'head' });
    expect([...reply.headers]).toContainEqual(['Content-Length', '5']);
    expect(await reply.text()).toBe('');
  });

  it('gives a part when a range is asked for', async () => {
    const reply = await ask('data:,0123456789', { attributes: { range: { from: 2, to: 4 } } });
    expect(reply.range).toEqual({ from: 2, to: 4, total: 10 });
    expect([...reply.headers]).toContainEqual(['Content-Length', '3']);
    expect(await reply.text()).toBe('234');
  });

  it.each<RequestAttributes>([
    { range: { from: 10 } },
    { range: { from: 4, to: 2 } },
    { range: { from: -1, to: 2 } },
    { range: { from: Number.NaN } },
    { range: { from: 2, validator: '"x"' } },
  ])('ignores a range that it cannot honour: %j', async (attributes) => {
    const reply = await ask('data:,0123456789', { attributes });
    expect(reply.range).toBeUndefined();
    expect(await reply.text()).toBe('0123456789');
  });

  it.each<Operation>(['put', 'post', 'delete', 'custom'])(
    'does not serve %s',
    async (operation) => {
      await expect(ask('data:,x', { operation })).rejects.toMatchObject({
        code: 'protocol-invalid-operation',
      });
    },
  );

  it('fails with protocol-failure for a malformed URL', async () => {
    await expect(ask('data:x')).rejects.toMatchObject({
      name: 'NetworkError',
      code: 'protocol-failure',
    });
  });
});

function base64Url(body: Uint8Array): URL {
  return new URL(`data:application/octet-stream;base64,${Buffer.from(body).toString('base64')}`);
}

async function ask(href: string, change: Partial<Request> = {}): Promise<Reply> {
  const manager = new NetworkAccessManager({ registry: new Registry({ factories: [data()] }) });
  return await manager.send({
    operation: 'get',
    url: new URL(href),
    headers: [],
    attributes: {},
    originAttributes: {},
    ...change,
  });
}
