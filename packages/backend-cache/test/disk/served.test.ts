import { closeSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { World, type Answer } from '../fixtures/origin.ts';
import { filesIn, openStore, scratchFolder, temporariesIn } from './fixtures/scratch.ts';
import { smallDisk } from './fixtures/small-disk.ts';

const fresh = { 'cache-control': 'max-age=60' };
const large = 'large '.repeat(200_000);

/** A large reply that comes in pieces. */
function inPieces(text: string): Answer {
  const views = Array.from({ length: 20 }, (_, index) => {
    const size = text.length / 20;
    return text.slice(index * size, (index + 1) * size);
  });
  return { headers: fresh, views };
}

describe('a cache on disk', () => {
  it('serves what an earlier process stored', async () => {
    const folder = scratchFolder();
    const first = new World({ store: openStore({ folder }) });
    first.script = ({ url }) =>
      url.pathname === '/large' ? inPieces(large) : { headers: fresh, body: 'small' };
    await first.get('/small');
    await first.get('/large');
    await first.store.close();
    const second = new World({ store: openStore({ folder }) });
    expect(await second.get('/small')).toMatchObject({ outcome: 'hit', body: 'small' });
    expect(await second.get('/large')).toMatchObject({ outcome: 'hit', body: large });
    expect(second.requests).toHaveLength(0);
  });

  it('answers a range of a large reply from its blocks', async () => {
    const world = new World({ store: openStore({ folder: scratchFolder() }) });
    world.script = [{ ...inPieces(large), headers: { ...fresh, etag: '"1"' } }];
    await world.get('/large');
    const range = { from: 600_001, to: 700_000 };
    const { body, outcome } = await world.get('/large', { attributes: { range } });
    expect(outcome).toBe('hit');
    expect(body).toBe(large.slice(600_001, 700_001));
  });

  it('asks the origin again after a body turned out to be damaged', async () => {
    const folder = scratchFolder();
    const world = new World({ store: openStore({ folder }) });
    world.script = () => inPieces(large);
    await world.get('/large');
    const paths = filesIn(folder).map((file) => join(folder, file));
    const body = paths.find((path) => statSync(path).size > 1_000_000) ?? '';
    const file = openSync(body, 'r+');
    writeSync(file, 'LARGE', 600_000);
    closeSync(file);
    await expect(world.get('/large')).rejects.toMatchObject({ temporary: true });
    expect(await world.get('/large')).toMatchObject({ outcome: 'miss', body: large });
    expect(await world.get('/large')).toMatchObject({ outcome: 'hit', body: large });
  });

  it('fails no request when the disk is full, and keeps what it had', async (context) => {
    const folder = smallDisk();
    context.skip(folder === undefined, 'no small disk: this process may not mount one');
    const world = new World({ store: openStore({ folder: folder ?? '' }) });
    world.script = ({ url }) =>
      url.pathname === '/kept' ? { headers: fresh, body: 'kept' } : inPieces(large);
    await world.get('/kept');
    const together = await Promise.all(['/large', '/large', '/large'].map((url) => world.get(url)));
    expect(together.map(({ body }) => body === large)).toEqual([true, true, true]);
    expect(() => writeFileSync(join(folder ?? '', 'filling'), large)).toThrow(/ENOSPC/);
    world.script = () => ({ headers: fresh, body: 'small' });
    expect((await world.get('/small')).body).toBe('small');
    expect(temporariesIn(folder ?? '')).toEqual([]);
    expect(await world.get('/kept')).toMatchObject({ outcome: 'hit', body: 'kept' });
  });
});
