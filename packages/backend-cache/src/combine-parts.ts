import type { HeaderEntry } from '@netaccess/core';

import type { Desk } from './desk.ts';
import { isNamed } from './http/field-lookup.ts';
import { JoinedViews } from './joined-views.ts';
import type { EntryReader, EntryWriter, StoredEntry, StoredHead } from './store.ts';

/** Parts are copied to combine them, which larger ones are not worth. */
const MAXIMUM_COMBINED_BYTES = 16_777_216;

type Range = NonNullable<StoredHead['range']>;

/** Joins a part that was just stored with those beside it that are surely of the same bytes (RFC 9111 §3.4), as long as there are any. */
export async function combineParts(desk: Desk, stored: StoredEntry): Promise<void> {
  let newest: StoredEntry | undefined = stored;
  while (newest?.head.range !== undefined)
    newest = await combined(desk, newest, await desk.store.find(newest.key));
}

async function combined(
  desk: Desk,
  newest: StoredEntry,
  found: readonly StoredEntry[],
): Promise<StoredEntry | undefined> {
  const range = newest.head.range;
  const other = found.find((entry) => entry.id !== newest.id && isBeside(entry.head, newest.head));
  const otherRange = other?.head.range;
  if (range === undefined || other === undefined || otherRange === undefined) return undefined;
  const union = {
    ...range,
    from: Math.min(range.from, otherRange.from),
    to: Math.max(range.to, otherRange.to),
  };
  const head = unionHead(newest.head, union);
  const pieces = otherRange.from < range.from ? [other, newest] : [newest, other];
  return written(desk, head, pieces);
}

function isBeside(old: StoredHead, { range, validator, vary }: StoredHead): boolean {
  if (range === undefined || old.range === undefined || validator === undefined) return false;
  if (old.validator !== validator || JSON.stringify(old.vary) !== JSON.stringify(vary))
    return false;
  const from = Math.min(range.from, old.range.from);
  const to = Math.max(range.to, old.range.to);
  const touching = old.range.from <= range.to + 1 && range.from <= old.range.to + 1;
  return touching && to - from < MAXIMUM_COMBINED_BYTES;
}

/** A part that turned out to be everything is a complete reply. */
function unionHead(head: StoredHead, range: Range): StoredHead {
  const length = range.to - range.from + 1;
  const whole = range.from === 0 && length === range.total;
  if (whole) return { ...wholeHead(head, length), length };
  return { ...head, headers: resized(head.headers, length, range), length, range };
}

/** The head of a complete reply of which this is the head of a part. */
export function wholeHead(head: StoredHead, length: number): StoredHead {
  const status = head.status && { code: 200, reason: 'OK' };
  return { ...head, status, headers: resized(head.headers, length, undefined), range: undefined };
}

function resized(
  headers: readonly HeaderEntry[],
  length: number,
  range: Range | undefined,
): readonly HeaderEntry[] {
  const others = headers.filter(
    ([name]) => !isNamed(name, 'content-length') && !isNamed(name, 'content-range'),
  );
  const sized: HeaderEntry[] = [...others, ['Content-Length', String(length)]];
  if (range === undefined) return sized;
  return [...sized, ['Content-Range', `bytes ${range.from}-${range.to}/${range.total ?? '*'}`]];
}

async function written(
  desk: Desk,
  head: StoredHead,
  [first, second]: readonly StoredEntry[],
): Promise<StoredEntry | undefined> {
  if (first?.head.range === undefined || second?.head.range === undefined) return undefined;
  const overlap = first.head.range.to + 1 - second.head.range.from;
  const last = second.head.range.to - second.head.range.from;
  const readers = [
    await desk.store.open(first),
    overlap > last ? undefined : await desk.store.open(second, { from: overlap, to: last }),
  ];
  const { key } = first;
  const writer = await desk.store.write({
    key,
    head,
    expectedBytes: head.length,
    replaces: [first, second],
  });
  try {
    const complete = readers[0] !== undefined && (readers[1] !== undefined || overlap > last);
    if (writer === undefined || !complete || !(await copied(desk, readers, writer)))
      return undefined;
    return await desk.store.commit(writer, head);
  } finally {
    await writer?.abandon();
    for (const reader of readers) await reader?.close();
  }
}

async function copied(
  desk: Desk,
  readers: readonly (EntryReader | undefined)[],
  writer: EntryWriter,
): Promise<boolean> {
  const views = new JoinedViews(readers.filter((reader) => reader !== undefined));
  for (;;) {
    const view = await views.readPointer();
    if (view.length === 0) return true;
    if (!(await desk.store.append(writer, view))) return false;
    views.advanceReadPointer(view.length);
  }
}
