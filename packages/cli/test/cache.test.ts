import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { httpServer, patternBytes, type HttpServer, type Route } from '@netaccess/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { run, temporaryFolder, type Ended } from './command.ts';

/** A reply of a hundred bytes that says how long it stays fresh; it has a validator, and knows it again. */
const dated: Route = ({ request, reply, url }) => {
  const fields = { etag: '"1"', 'cache-control': url.searchParams.get('control') ?? '' };
  if (request.headers['if-none-match'] === '"1"') {
    reply.writeHead(304, fields).end();
    return;
  }
  reply.writeHead(200, { ...fields, 'content-length': 100 }).end(patternBytes(100));
};

let server: HttpServer;
beforeAll(async () => {
  server = await httpServer({ routes: { dated } });
});
afterAll(async () => {
  await server.close();
});

const fresh = (name: string): string => server.url(`/dated/${name}?control=max-age%3D600`).href;
const stale = (name: string): string => server.url(`/dated/${name}?control=max-age%3D0`).href;
const get = (folder: string, ...words: string[]): Promise<Ended> =>
  run(['get', `--cache=${folder}`, ...words]);
/** How often the server was asked for a URL. */
const asked = (url: string): number =>
  server.requests.filter(({ target }) => url.endsWith(target)).length;

describe.concurrent('netaccess get --cache', () => {
  it('asks once for what stays fresh, whoever asks again, and says so', async () => {
    const [folder, url] = [temporaryFolder(), fresh('once')];
    const first = await get(folder, '-v', url);
    expect(first.stderr).toContain('* cache: miss\n');
    const second = await get(folder, '-v', url);
    expect(second.stdout).toEqual(Buffer.from(patternBytes(100)));
    expect(second.stderr).toMatch(/^\* cache: hit, \d+ s old$/m);
    expect([first.code, second.code, asked(url)]).toEqual([0, 0, 1]);
  });
  it('asks whether what is stale still holds', async () => {
    const [folder, url] = [temporaryFolder(), stale('again')];
    await get(folder, url);
    const { stdout, stderr } = await get(folder, '-v', url);
    expect(stdout).toEqual(Buffer.from(patternBytes(100)));
    expect(stderr).toMatch(/^\* cache: revalidated, \d+ s old$/m);
    expect(asked(url)).toBe(2);
  });
  it('asks nobody with --offline, for what is stale either', async () => {
    const [folder, url] = [temporaryFolder(), stale('offline')];
    await get(folder, url);
    const { stdout, stderr, code } = await get(folder, '-v', '--offline', url);
    expect([code, stdout]).toEqual([0, Buffer.from(patternBytes(100))]);
    expect(stderr).toMatch(/^\* cache: stale, \d+ s old$/m);
    expect(asked(url)).toBe(1);
  });
  it('ends with 78 when what is asked for with --offline is not there', async () => {
    const [folder, url] = [temporaryFolder(), fresh('missing')];
    const { stderr, code } = await get(folder, '--offline', url);
    expect(stderr).toBe(
      `netaccess: (78) ${url} is not in the cache, and --offline asks nobody else\n`,
    );
    expect([code, asked(url)]).toEqual([78, 0]);
  });
  it('keeps it in the folder of the user, and shows it to netaccess cache', async () => {
    const home = temporaryFolder();
    const [env, url] = [{ XDG_CACHE_HOME: home }, fresh('shown')];
    await run(['get', '--cache', url], { env });
    const listed = await run(['cache', 'ls'], { env });
    expect(listed.stdout.toString()).toMatch(/^\S+Z {2}200 +100 {2}\S+\/dated\/shown\S*\n$/);
    const removed = await run(['cache', 'rm', url], { env });
    expect([removed.code, removed.stdout.toString()]).toEqual([0, `1 entry removed: ${url}\n`]);
    expect((await run(['get', '--offline', url], { env })).code).toBe(78);
  });
  it('keeps nothing without it, and nothing with --no-cache', async () => {
    const [home, url] = [temporaryFolder(), fresh('never')];
    const env = { XDG_CACHE_HOME: home };
    await run(['get', url], { env });
    await run(['get', '--cache', '--no-cache', url], { env });
    expect(existsSync(path.join(home, 'netaccess'))).toBe(false);
    expect(asked(url)).toBe(2);
  });
  it('goes on without a cache where the folder cannot be used', async () => {
    const [folder, url] = [temporaryFolder(), fresh('unusable')];
    const file = path.join(folder, 'file');
    await run(['get', '-o', file, url]);
    const { stdout, code } = await get(path.join(file, 'below'), url);
    expect([code, stdout]).toEqual([0, readFileSync(file)]);
  });
});
