import * as zlib from 'node:zlib';

import { patternText } from '@netaccess/test-servers';
import { beforeEach, describe, expect, it } from 'vitest';

import { codingOf } from '../../src/decoders/coding.ts';
import { DecodedBody } from '../../src/decoders/decoded-body.ts';
import { EnginePool } from '../../src/decoders/engine-pool.ts';
import type { Engine, EngineKind } from '../../src/decoders/engine.ts';
import { nativeEngines } from '../../src/decoders/native-engine.ts';
import { everythingOf, PieceSource } from '../fixtures/piece-source.ts';

const fast = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } };

/** The platform's engines, counted. */
class Counted {
  made = 0;
  closed = 0;

  readonly make = (kind: EngineKind): Engine => {
    const engine = nativeEngines()?.(kind);
    if (!engine) throw new Error('no native engine');
    this.made += 1;
    const close = engine.close.bind(engine);
    engine.close = () => {
      this.closed += 1;
      close();
    };
    return engine;
  };
}

describe('an engine pool', () => {
  let counted: Counted;
  let engines: EnginePool;
  beforeEach(() => {
    counted = new Counted();
    engines = new EnginePool(counted.make);
  });
  function body(name: string, bytes: Uint8Array): DecodedBody {
    const coding = codingOf(name);
    if (!coding) throw new Error(name);
    return new DecodedBody(new PieceSource([bytes]), coding, {
      engines,
      expansionThresholdBytes: -1,
    });
  }

  it.each([
    ['gzip', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['br', (plain: Uint8Array) => zlib.brotliCompressSync(plain, fast)],
    ['zstd', zlib.zstdCompressSync],
  ] as const)('lends the same engine for one %s body after the other', async (name, encode) => {
    for (let round = 0; round < 20; round += 1) {
      const plain = patternText(1000 * round, round);
      expect((await everythingOf(body(name, encode(plain)))).equals(plain)).toBe(true);
    }
    expect(counted).toMatchObject({ made: 1, closed: 0 });
  });

  it('makes none before there are bytes', async () => {
    expect(await everythingOf(body('gzip', new Uint8Array(0)))).toHaveLength(0);
    await body('gzip', zlib.gzipSync('x')).close();
    expect(counted.made).toBe(0);
  });

  it('needs one for all members of a gzip body', async () => {
    const members = Buffer.concat([zlib.gzipSync('a'), zlib.gzipSync('b'), zlib.gzipSync('c')]);
    expect((await everythingOf(body('gzip', members))).toString()).toBe('abc');
    expect(counted.made).toBe(1);
  });

  it('closes an engine whose body is left, for its output is still lent', async () => {
    const left = body('br', zlib.brotliCompressSync(patternText(200_000), fast));
    const lent = await left.readPointer();
    const before = Buffer.from(lent);
    await left.close();
    await everythingOf(body('br', zlib.brotliCompressSync(patternText(200_000, 2), fast)));
    expect(before.equals(lent)).toBe(true);
    expect(counted).toMatchObject({ made: 2, closed: 1 });
  });

  it('closes an engine that failed', async () => {
    const bytes = zlib.deflateSync(patternText(1000)).fill(0xff, 100, 200);
    const broken = body('deflate', bytes);
    await expect(everythingOf(broken)).rejects.toMatchObject({ code: 'unknown-content' });
    await broken.close();
    expect((await everythingOf(body('deflate', zlib.deflateSync('after')))).toString()).toBe(
      'after',
    );
    expect(counted).toMatchObject({ made: 2, closed: 1 });
  });

  it('keeps four of a kind', () => {
    const lent = Array.from({ length: 6 }, () => engines.take('brotli'));
    for (const engine of lent) engines.giveBack(engine);
    expect(counted).toMatchObject({ made: 6, closed: 2 });
    for (let count = 0; count < 4; count += 1) engines.take('brotli');
    expect(counted.made).toBe(6);
    engines.take('zstd');
    expect(counted.made).toBe(7);
  });
});
