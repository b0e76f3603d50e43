import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ListingEntry } from '../../src/listing/entry.ts';
import { listingText } from '../../src/listing/listing-text.ts';
import { parseListing } from '../../src/listing/parse-listing.ts';

/** One entry as the vectors have it; a size of -1: none is expected. */
interface Expected {
  readonly type: string;
  readonly name: string;
  readonly size: number;
  readonly date: readonly [number, number, number, number, number];
}

interface Vector {
  readonly id: string;
  readonly now: string;
  readonly listing: string;
  readonly expect: readonly Expected[];
}

const file = path.join(
  import.meta.dirname,
  '../../../../../shared/vectors/ftp-listing/chromium.json',
);
const now = new Date('2026-06-15T12:00:00Z');

describe.skipIf(!existsSync(file))('real listings', () => {
  const vectors: readonly Vector[] = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Vector[])
    : [];

  it('are thirty-seven', () => {
    expect(vectors).toHaveLength(37);
  });

  it.each(vectors)('$id is read entry by entry', (vector) => {
    const { text } = listingText(Buffer.from(vector.listing, 'latin1'));
    const entries = parseListing(text, new Date(`${vector.now}Z`));
    const expected = vector.expect.filter(({ name }) => name !== '.' && name !== '..');
    expect(entries.map(known)).toEqual(expected.map(wanted));
  });
});

function known({ name, type, size, modified }: ListingEntry): readonly unknown[] {
  return [type, name, type === 'file' ? size : -1, modified];
}

function wanted({ type, name, size, date }: Expected): readonly unknown[] {
  const types: Readonly<Record<string, string>> = { '-': 'file', d: 'directory', l: 'link' };
  const [year, month, day, hour, minute] = date;
  const time = new Date(Date.UTC(year, month - 1, day, hour, minute)).toISOString().slice(0, 19);
  return [types[type], name, size, time];
}

describe('parseListing', () => {
  it('reads what a machine is told: time in UTC, rights, links', () => {
    const text = [
      'type=cdir;modify=20260101000000; /pub',
      'type=file;size=17;modify=20260102030405;UNIX.mode=0640; a b.txt',
      'type=dir;modify=20260102030405.5; folder',
      'type=OS.unix=slink:/there;modify=20260102030405; link',
      '',
    ].join('\r\n');
    expect(parseListing(text, now)).toEqual([
      {
        name: 'a b.txt',
        type: 'file',
        size: 17,
        modified: '2026-01-02T03:04:05Z',
        permissions: 'rw-r-----',
      },
      { name: 'folder', type: 'directory', modified: '2026-01-02T03:04:05.5Z' },
      { name: 'link', type: 'link', modified: '2026-01-02T03:04:05Z', target: '/there' },
    ]);
  });

  it('reads DOS listings with clocks of twelve and of twenty-four hours', () => {
    const text =
      '12-05-96  05:03PM  <DIR>  sub\r\n01-02-2026  12:30AM  14 a.txt\r\n05-06-26  17:01  3 b c\r\n';
    expect(parseListing(text, now)).toMatchObject([
      { name: 'sub', type: 'directory', modified: '1996-12-05T17:03:00' },
      { name: 'a.txt', type: 'file', size: 14, modified: '2026-01-02T00:30:00' },
      { name: 'b c', size: 3, modified: '2026-05-06T17:01:00' },
    ]);
  });

  it('finds an empty directory empty', () => {
    expect(parseListing('', now)).toEqual([]);
    expect(parseListing('total 0\r\n', now)).toEqual([]);
  });

  it('keeps a space that a name begins with', () => {
    const text = '-rw-r--r-- 1 a b 3 Jan 02  2020  spaced\r\n';
    expect(parseListing(text, now)).toMatchObject([{ name: ' spaced', size: 3 }]);
  });

  it('refuses what is no listing', () => {
    expect(() => parseListing('<html>hello</html>', now)).toThrow(/listing/);
  });

  it('never takes long, and never throws anything but an Error, whatever comes', () => {
    const line = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[drwx-]{1,12}[ 0-9a-zA-Z:;=.-]{0,200}$/),
      fc.constantFrom('d [RWCEAFMS] x 512 Jan 1 00:00 y', 'A.DIR;1 1 1-JAN-2001 00:00'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        expect(outcome(() => parseListing(lines.join('\r\n'), now))).not.toBe('no Error');
      }),
    );
  });
});

function outcome(parse: () => unknown): string {
  try {
    parse();
    return 'parsed';
  } catch (error) {
    return error instanceof Error ? 'refused' : 'no Error';
  }
}
