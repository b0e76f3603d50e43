import { crc32 } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BodyChecksum } from '../../src/disk/checksum.ts';
import { DiskEntry } from '../../src/disk/disk-entry.ts';
import { decodeKeyFile, encodeKeyFile, isSound } from '../../src/disk/key-file.ts';
import { bytesOf, plainHead } from './fixtures/scratch.ts';

const key = 'https://store.test/\u00E9\uD800';
const id = '01234567-89ab-cdef-0123-456789abcdef';
const body = bytesOf(300);
const sum = new BodyChecksum(id).ofBlock(0, body);
const entry = new DiskEntry({ key, id, head: plainHead, length: 300, sum, body }, {});

/** A file with a good checksum around any text. */
function fileWith(json: string, bodies: Uint8Array = new Uint8Array(0)): Buffer {
  const text = Buffer.from(json);
  const file = Buffer.concat([Buffer.alloc(16), text, bodies]);
  file.write('NAC1', 'latin1');
  file.writeUInt32LE(16 + text.length, 8);
  file.writeUInt32LE(file.length, 12);
  file.writeUInt32LE(crc32(file.subarray(8, 16 + text.length)), 4);
  return file;
}

function described(change: object): string {
  const one = { id, length: 0, sum: 0, inline: false, head: plainHead, ...change };
  return JSON.stringify({ key, entries: [one] });
}

describe('the file of a key', () => {
  it('is read as it was written', () => {
    const { file } = encodeKeyFile(key, [entry]);
    const content = decodeKeyFile(file);
    expect(content).toMatchObject({ key, entries: [{ id, head: plainHead, length: 300, sum }] });
    expect('entries' in content && content.entries.every((one) => isSound(one))).toBe(true);
  });

  it('keeps the newest entries where not all fit', () => {
    const large = bytesOf(60_000);
    const entries = Array.from(
      { length: 20 },
      () => new DiskEntry({ ...factsOf(entry), body: large, length: 60_000 }, {}),
    );
    const { file, kept } = encodeKeyFile(key, entries);
    expect(kept).toEqual(entries.slice(0, 8));
    expect(file.length).toBeLessThanOrEqual(524_288);
  });

  it('is damaged wherever one byte before the bodies is another', () => {
    const { file } = encodeKeyFile(key, [entry]);
    for (let at = 0; at < file.length - 300; at++) {
      const changed = Buffer.from(file);
      changed[at] = (changed[at] ?? 0) ^ 0x01;
      expect(decodeKeyFile(changed)).toHaveProperty('problem');
    }
  });

  it('is damaged when it is any other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeKeyFile(Buffer.from(bytes))).toHaveProperty('problem');
      }),
    );
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['no key', '{"entries":[]}'],
    ['no entries', '{"key":"x"}'],
    ['a name that leads elsewhere', described({ id: '../../../../../etc/passwd-0000000000' })],
    ['a length that is none', described({ length: -1 })],
    ['a length beyond all measure', described({ length: 2 ** 41 })],
    ['a length that is no number', described({ length: '1' })],
    ['more inline bytes than there are', described({ length: 5, inline: true })],
    ['no head', described({ head: null })],
    ['a head without fields', described({ head: { ...plainHead, headers: undefined } })],
    [
      'a head with a field of three parts',
      described({ head: { ...plainHead, headers: [['a', 'b', 'c']] } }),
    ],
    [
      'a head with a status of words',
      described({ head: { ...plainHead, status: { code: 'x', reason: '' } } }),
    ],
    ['a head with a range of nothing', described({ head: { ...plainHead, range: { from: 0 } } })],
    ['a head that an unknown word secured', described({ head: { ...plainHead, secured: 'yes' } })],
  ])('is damaged when its checksum is good and it says %s', (_what, json) => {
    expect(decodeKeyFile(fileWith(json))).toHaveProperty('problem');
  });

  it('is damaged when bytes follow that belong to no entry', () => {
    expect(decodeKeyFile(fileWith(described({}), bytesOf(3)))).toHaveProperty('problem');
    expect(decodeKeyFile(fileWith(described({})))).toHaveProperty('key', key);
  });
});

function factsOf({
  head,
  length,
  sum: checksum,
  body: bytes,
}: DiskEntry): ConstructorParameters<typeof DiskEntry>[0] {
  return { key, id, head, length, sum: checksum, body: bytes };
}
