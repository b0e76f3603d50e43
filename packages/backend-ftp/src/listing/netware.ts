import type { ListingEntry } from './entry.ts';
import { unixDate } from './unix-date.ts';

/** `d [RWCEAFMS] owner  512 Jan 16 18:53 name`. */
const wholeLine =
  /^([d-])\s\[([A-Z -]{8})\]\s+\S+\s+(\d+)\s+(\S{3,5}\s+\d{1,2}\s+[\d:]{4,5})\s(.+)$/;

/** True for what only a NetWare server says. */
export function isNetwareLine(line: string): boolean {
  return wholeLine.test(line);
}

/** The entries of lines in that style; other lines are left out. */
export function parseNetware(lines: readonly string[], now: Date): readonly ListingEntry[] {
  return lines.flatMap((line) => parseLine(line, now) ?? []);
}

function parseLine(line: string, now: Date): ListingEntry | undefined {
  const parts = wholeLine.exec(line);
  if (parts === null) return undefined;
  const [, kind, , size, date = '', name = ''] = parts;
  const modified = unixDate(date, now);
  if (kind === 'd') return { name, type: 'directory', modified };
  return { name, type: 'file', size: Number(size), modified };
}
