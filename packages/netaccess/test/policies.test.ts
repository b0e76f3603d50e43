import type { Policy, Progress, Reply } from '@netaccess/core';
import { httpServer, type HttpServer } from '@netaccess/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createManager } from '../src/manager.ts';

let server: HttpServer;

beforeAll(async () => {
  server = await httpServer();
});
afterAll(async () => {
  await server.close();
});

/** What a policy of the caller's own sees, in the place where the manager puts it. */
function watching() {
  const seen: string[] = [];
  const policy: Policy = async (request, next) => {
    const authorized = request.headers.some(([name]) => name.toLowerCase() === 'authorization');
    const reply: Reply = await next(request);
    const decoded = reply.attributes?.decoded === undefined ? '' : ' decoded';
    seen.push(
      `${request.url.pathname}${authorized ? ' authorized' : ''} ${reply.status?.code}${decoded}`,
    );
    return reply;
  };
  return { seen, policy };
}

describe('the policies of a manager', () => {
  it('are in this order: progress, redirects, auth, the caller’s own, decoding', async () => {
    const { seen, policy } = watching();
    await using manager = createManager({ policies: [policy] });
    const progress: Progress[] = [];
    const target = server.url('/basic-auth/ann/1');
    const reply = await manager.get(server.url(`/redirect/1?to=${target.pathname}`), {
      credentials: { user: 'ann', password: '1' },
      onProgress: (step) => progress.push(step),
    });
    expect(await reply.text()).toBe('hello ann');
    // The redirect is followed outside of what answers the challenge, and the caller's policy is inside of both.
    expect(seen).toEqual([
      '/redirect/1 302',
      '/basic-auth/ann/1 401',
      '/basic-auth/ann/1 authorized 200',
    ]);
    // Progress is outside of both: it sees the last body alone.
    expect(progress).toEqual([{ direction: 'download', bytes: 9, total: 9 }]);
  });

  it('decode inside of progress, which counts decoded bytes, and of the caller’s own', async () => {
    const { seen, policy } = watching();
    await using manager = createManager({ policies: [policy] });
    const progress: Progress[] = [];
    const reply = await manager.get(server.url('/encoded/gzip/5000'), {
      onProgress: (step) => progress.push(step),
    });
    expect((await reply.bytes()).byteLength).toBe(5000);
    expect(progress.at(-1)).toEqual({ direction: 'download', bytes: 5000, total: undefined });
    expect(seen).toEqual(['/encoded/gzip/5000 200 decoded']);
  });

  it('answer again behind a redirect to another origin, with what is that origin’s', async () => {
    const other = await httpServer();
    await using manager = createManager({
      credentials: ({ origin }) =>
        origin.port === String(other.port) ? { user: 'bob', password: '2' } : undefined,
    });
    const to = encodeURIComponent(other.url('/basic-auth/bob/2').href);
    const reply = await manager.get(server.url(`/redirect/1?to=${to}`), {
      credentials: { user: 'ann', password: '1' },
    });
    expect(await reply.text()).toBe('hello bob');
    await other.close();
  });

  it('refuse by default to follow from http to a scheme that is not listed', async () => {
    await using manager = createManager();
    const reply = manager.get(server.url('/redirect/1?to=file:///etc/hostname'));
    await expect(reply).rejects.toMatchObject({ code: 'insecure-redirect' });
  });

  it('follow to a scheme that the manager’s options list', async () => {
    await using manager = createManager({ redirect: { schemeChanges: [['http', 'data']] } });
    const reply = await manager.get(server.url('/redirect/1?to=data:,listed'));
    expect(await reply.text()).toBe('listed');
  });

  it('take the manager’s redirect policy and maximum', async () => {
    await using manual = createManager({ redirect: 'manual' });
    const reply = await manual.get(server.url('/redirect/1'));
    expect(reply.redirect?.url.pathname).toBe('/echo');
    await reply.close();
    await using once = createManager({ redirect: { maximum: 1 } });
    await expect(once.get(server.url('/redirect/2'))).rejects.toMatchObject({
      code: 'too-many-redirects',
    });
  });
});
