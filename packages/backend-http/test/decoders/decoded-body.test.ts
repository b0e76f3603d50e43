import * as zlib from 'node:zlib';

import { patternBytes, patternText } from '@netaccess/test-servers';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { codingOf } from '../../src/decoders/coding.ts';
import { DecodedBody } from '../../src/decoders/decoded-body.ts';
import { EnginePool } from '../../src/decoders/engine-pool.ts';
import { nativeEngines } from '../../src/decoders/native-engine.ts';
import { StreamEngine } from '../../src/decoders/stream-engine.ts';
import { everythingOf, PieceSource, piecesOf } from '../fixtures/piece-source.ts';

/** The default takes longer than all else here together. */
const fast = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } };

const kinds = [
  ['gzip', 'gzip', (plain: Uint8Array) => zlib.gzipSync(plain)],
  ['deflate in a zlib stream', 'deflate', (plain: Uint8Array) => zlib.deflateSync(plain)],
  ['deflate without a zlib stream', 'deflate', (plain: Uint8Array) => zlib.deflateRawSync(plain)],
  ['stored deflate', 'deflate', (plain: Uint8Array) => zlib.deflateRawSync(plain, { level: 0 })],
  ['br', 'br', (plain: Uint8Array) => zlib.brotliCompressSync(plain, fast)],
  ['zstd', 'zstd', (plain: Uint8Array) => zlib.zstdCompressSync(plain)],
  [
    'zstd with a checksum',
    'zstd',
    (plain: Uint8Array) =>
      zlib.zstdCompressSync(plain, {
        params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 },
        pledgedSrcSize: plain.length,
      }),
  ],
] as const;

const platforms = [
  ['the native engine', nativeEngines()],
  [
    'the public streams',
    (kind: ConstructorParameters<typeof StreamEngine>[0]) => new StreamEngine(kind),
  ],
] as const;

it('works with the native engine on this Node', () => {
  expect(nativeEngines()).toBeDefined();
});

describe.each(platforms)('a decoded body by %s', (_, make) => {
  const engines = new EnginePool(make);
  function decoding(name: string, source: PieceSource, expansionThresholdBytes = -1): DecodedBody {
    const coding = codingOf(name);
    if (!coding) throw new Error(name);
    return new DecodedBody(source, coding, { engines, expansionThresholdBytes });
  }
  async function decode(
    name: string,
    bytes: Uint8Array,
    cuts: readonly number[] = [],
  ): Promise<Buffer> {
    return everythingOf(decoding(name, new PieceSource(piecesOf(bytes, cuts))));
  }
  const damaged = (what: RegExp): object => ({
    code: 'unknown-content',
    message: expect.stringMatching(what) as unknown,
  });

  describe.each(kinds)('of %s', (_name, name, encode) => {
    it.each([1, 100, 200_000])('gives all %i bytes', async (length) => {
      const plain = patternText(length);
      expect((await decode(name, encode(plain))).equals(plain)).toBe(true);
    });

    it('gives what does not compress', async () => {
      const plain = patternBytes(150_000);
      expect((await decode(name, encode(plain))).equals(plain)).toBe(true);
    });

    it('gives nothing for an encoded nothing, and for nothing', async () => {
      expect(await decode(name, encode(new Uint8Array(0)))).toHaveLength(0);
      expect(await decode(name, new Uint8Array(0))).toHaveLength(0);
    });

    it('decodes every split alike', async () => {
      const plain = patternText(300);
      const bytes = encode(plain);
      const everywhere = Array.from(bytes, (_byte, at) => at);
      expect((await decode(name, bytes, everywhere)).equals(plain)).toBe(true);
      for (const at of everywhere) {
        expect((await decode(name, bytes, [at])).equals(plain)).toBe(true);
      }
    });

    it('decodes every length in every split, at once and later, however it is read', async () => {
      const cases = {
        length: fc.integer({ min: 0, max: 100_000 }),
        cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
        timing: fc.constantFrom('at once' as const, 'later' as const),
        step: fc.integer({ min: 1000, max: 100_000 }),
      };
      const check = async ({
        length,
        cuts,
        timing,
        step,
      }: {
        length: number;
        cuts: number[];
        timing: 'at once' | 'later';
        step: number;
      }): Promise<void> => {
        const plain = patternText(length, length);
        const bytes = encode(plain);
        const places = cuts.map((cut) => Math.floor(cut * bytes.length));
        const source = new PieceSource(piecesOf(bytes, places), timing);
        const body = decoding(name, source);
        expect((await everythingOf(body, step)).equals(plain)).toBe(true);
        expect(await body.readPointer()).toHaveLength(0);
        await body.close();
        expect(source.closes).toBe(1);
      };
      await fc.assert(fc.asyncProperty(fc.record(cases), check), { numRuns: 25 });
    });

    it('fails wherever it is cut off', async () => {
      const bytes = encode(patternText(400));
      for (let length = 1; length < bytes.length; length += 1) {
        await expect(decode(name, bytes.subarray(0, length))).rejects.toMatchObject(
          damaged(/^the body cannot be decoded from \w+: /),
        );
      }
    });

    it('ends with bytes or with one error, wherever a byte is changed', async () => {
      const bytes = encode(patternText(200));
      for (const at of bytes.keys()) {
        const broken = Uint8Array.from(bytes);
        broken[at] = (broken[at] ?? 0) ^ 0x55;
        const outcome = await decode(name, broken).then(
          () => 'decoded',
          (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
        );
        expect(['decoded', 'unknown-content']).toContain(outcome);
      }
    });

    it('ignores bytes behind the end, and zeros', async () => {
      const plain = patternText(1000);
      for (const trailing of ['\0', '\0\0\0\0\0\0\0\0', 'x', 'garbage behind the end of it']) {
        const bytes = Buffer.concat([encode(plain), Buffer.from(trailing)]);
        expect((await decode(name, bytes)).equals(plain)).toBe(true);
        expect((await decode(name, bytes, [bytes.length - trailing.length])).equals(plain)).toBe(
          true,
        );
        expect((await decode(name, bytes, [...bytes.keys()])).equals(plain)).toBe(true);
      }
    });

    it('ignores a limited number of them', async () => {
      const bytes = Buffer.concat([encode(patternText(10)), Buffer.alloc(1_048_600)]);
      await expect(decode(name, bytes, [2000, 600_000])).rejects.toMatchObject(
        damaged(/more than 1048576 bytes follow its end/),
      );
    });

    it('hears a failure of its source behind the end', async () => {
      const failure = new Error('the connection broke');
      const source = new PieceSource([encode(patternText(10))], 'at once', failure);
      await expect(everythingOf(decoding(name, source))).rejects.toBe(failure);
    });

    it('reads no further than it is asked to', async () => {
      const source = new PieceSource(
        [...encode(patternText(1000)), ...Buffer.alloc(9)].map((byte) => Uint8Array.of(byte)),
      );
      const body = decoding(name, source);
      expect(source.reads).toBe(0);
      expect((await body.readPointer()).length).toBeGreaterThan(0);
      const { reads } = source;
      await body.readPointer();
      expect(source.reads).toBe(reads);
      await body.close();
    });

    it('lends output as soon as the engine has it, before the source says more', async () => {
      const bytes = encode(patternBytes(300_000));
      const source = new PieceSource([bytes.subarray(0, 200_000), bytes.subarray(200_000)]);
      const body = decoding(name, source);
      let got = 0;
      while (source.reads < 2) {
        const { length } = await body.readPointer();
        got += length;
        body.advanceReadPointer(length);
      }
      expect(got).toBeGreaterThan(65_536);
      await body.close();
    });

    it('judges a bomb by the network', async () => {
      const bytes = encode(new Uint8Array(3_000_000));
      const limit = 1_000_000;
      // What is stored does not expand.
      if (bytes.length > 1_000_000) return;
      await expect(
        everythingOf(decoding(name, new PieceSource([bytes]), limit)),
      ).rejects.toMatchObject(
        damaged(/ bytes became \d+, more than (40|100) times as many; expansionThresholdBytes /),
      );
      expect(await everythingOf(decoding(name, new PieceSource([bytes]), 3_000_000))).toHaveLength(
        3_000_000,
      );
      expect(await everythingOf(decoding(name, new PieceSource([bytes]), -1))).toHaveLength(
        3_000_000,
      );
      const honest = encode(patternText(100_000));
      expect(await everythingOf(decoding(name, new PieceSource([honest]), 0))).toHaveLength(
        100_000,
      );
    });

    it('closes its source once, when it is left early', async () => {
      const source = new PieceSource([encode(patternText(200_000))]);
      const body = decoding(name, source);
      await body.readPointer();
      await body.close();
      await body.close();
      expect(source.closes).toBe(1);
      expect(() => body.readPointer()).toThrow('closed');
    });

    it('rejects a read that is under way when it is closed', async () => {
      const source = new PieceSource([encode(patternText(100))], 'later');
      const body = decoding(name, source);
      const pending = Promise.resolve(body.readPointer());
      await Promise.all([expect(pending).rejects.toThrow('closed'), body.close()]);
      expect(source.closes).toBe(1);
    });

    it('keeps two bodies apart that are read in turns', async () => {
      const plains = [patternText(150_000, 1), patternText(150_000, 2)] as const;
      const bodies = plains.map((plain) =>
        decoding(name, new PieceSource(piecesOf(encode(plain), [100, 5000, 20_000]))),
      );
      const got = await Promise.all(bodies.map(async (body) => everythingOf(body, 1000)));
      expect(got.map((bytes, index) => bytes.equals(plains[index] ?? bytes))).toEqual([true, true]);
    });
  });

  it('decodes gzip in many members', async () => {
    const members = [patternText(100), new Uint8Array(0), patternText(70_000), patternText(1)];
    const bytes = Buffer.concat(members.map((plain) => zlib.gzipSync(plain)));
    const plain = Buffer.concat(members);
    expect((await decode('gzip', bytes)).equals(plain)).toBe(true);
    const everywhere = [...bytes.keys()].filter((at) => at < 300 || at > bytes.length - 300);
    expect((await decode('gzip', bytes, everywhere)).equals(plain)).toBe(true);
    await expect(decode('gzip', bytes.subarray(0, -3))).rejects.toMatchObject(damaged(/too early/));
  });

  it('decodes zstd in many frames, and skips those that are to be skipped', async () => {
    const skippable = Buffer.from('5a2a4d1803000000616263', 'hex');
    const plains = [patternText(100), patternText(70_000), patternText(1)];
    const frames = plains.map((plain) => zlib.zstdCompressSync(plain));
    const bytes = Buffer.concat([skippable, ...frames.flatMap((frame) => [frame, skippable])]);
    const plain = Buffer.concat(plains);
    expect((await decode('zstd', bytes)).equals(plain)).toBe(true);
    const everywhere = [...bytes.keys()].filter((at) => at < 300 || at > bytes.length - 300);
    expect((await decode('zstd', bytes, everywhere)).equals(plain)).toBe(true);
    await expect(decode('zstd', bytes.subarray(0, -2))).rejects.toMatchObject(damaged(/too early/));
  });

  it('refuses zstd windows above 8 MiB', async () => {
    const params = { [zlib.constants.ZSTD_c_windowLog]: 24 };
    const chunks: Buffer[] = [];
    const stream = zlib.createZstdCompress({ params });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.end(patternText(1000));
    await new Promise((resolve) => stream.once('end', resolve));
    await expect(decode('zstd', Buffer.concat(chunks))).rejects.toMatchObject(
      damaged(/its window of 16777216 bytes is larger than 8388608/),
    );
  });

  it('reads every field of a gzip header', async () => {
    const plain = patternText(500);
    const content = zlib.gzipSync(plain).subarray(10);
    const flags = 4 + 8 + 16 + 2;
    const header = Buffer.from(
      `\x1f\x8b\x08${String.fromCharCode(flags)}\0\0\0\0\0\x03\x05\0extraname\0a comment\0\x12\x34`,
      'latin1',
    );
    const bytes = Buffer.concat([header, content]);
    expect((await decode('gzip', bytes)).equals(plain)).toBe(true);
    expect((await decode('gzip', bytes, [...bytes.keys()])).equals(plain)).toBe(true);
    const noExtra = Buffer.concat([
      Buffer.from('\x1f\x8b\x08\x04\0\0\0\0\0\x03\0\0', 'latin1'),
      content,
    ]);
    expect((await decode('gzip', noExtra)).equals(plain)).toBe(true);
  });

  it.each([
    ['no gzip', 'not gzip at all', /does not begin like gzip/],
    ['another method', '\x1f\x8b\x07\0\0\0\0\0\0\0', /its method is 7/],
    ['reserved flags', '\x1f\x8b\x08\xe0\0\0\0\0\0\0', /reserved flags/],
    [
      'an endless name',
      `\x1f\x8b\x08\x08\0\0\0\0\0\0${'n'.repeat(140_000)}`,
      /longer than 131072 bytes/,
    ],
  ])('refuses a gzip header with %s', async (_what, text, message) => {
    await expect(decode('gzip', Buffer.from(text, 'latin1'))).rejects.toMatchObject(
      damaged(message),
    );
  });

  it('checks the trailer of gzip', async () => {
    const bytes = zlib.gzipSync(patternText(100));
    const wrong = (at: number): Uint8Array =>
      bytes.map((byte, index) => (index === bytes.length - at ? byte ^ 1 : byte));
    await expect(decode('gzip', wrong(6))).rejects.toMatchObject(damaged(/its CRC is wrong/));
    await expect(decode('gzip', wrong(2))).rejects.toMatchObject(damaged(/its length is wrong/));
  });

  it('undoes codings over codings, and judges them together', async () => {
    const plain = new Uint8Array(2_000_000);
    const bytes = zlib.brotliCompressSync(zlib.gzipSync(plain));
    const stack = (threshold: number): DecodedBody => {
      const [br, gzip] = [codingOf('br'), codingOf('x-GZIP')];
      if (!br || !gzip) throw new Error('no coding');
      const means = { engines, expansionThresholdBytes: threshold };
      return new DecodedBody(
        new DecodedBody(new PieceSource(piecesOf(bytes, [5, 20])), br, means),
        gzip,
        means,
      );
    };
    expect((await everythingOf(stack(-1))).equals(plain)).toBe(true);
    await expect(everythingOf(stack(1_000_000))).rejects.toMatchObject(
      damaged(new RegExp(`^the body cannot be decoded from gzip: ${bytes.length} bytes became`)),
    );
  });
});
