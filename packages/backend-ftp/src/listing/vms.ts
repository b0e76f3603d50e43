import type { ListingEntry } from './entry.ts';
import { fullYear, monthNumber, wallTime } from './listing-date.ts';

const BLOCK_BYTES = 512;

/** `NAME.TYPE;VERSION  used[/allocated]  d-MMM-yyyy hh:mm[:ss.cc] [[OWNER]] [(S,O,G,W)]`. */
const wholeLine =
  /^(\S+);\d+\s+(\d+)(?:\/\d+)?\s+(\d{1,2})-([A-Za-z]{3})-(\d{4})\s+(\d{1,2}):(\d\d)(?::\d\d(?:\.\d+)?)?(?:\s|$)/;
/** A long name has its line to itself. */
const nameLine = /^\S+;\d+\s*$/;
const headLine = /^(?:Directory\s+)?[\w$-]+:\[[^\]]*\]/;
const footLine = /^Total of \d+ (?:files?|blocks?)\b/;

/** True for what only a VMS server says. */
export function isVmsLine(line: string): boolean {
  return wholeLine.test(line) || nameLine.test(line) || headLine.test(line) || footLine.test(line);
}

/** Names in lower case, without versions, and directories without `.DIR`: as they may be asked for again. */
export function parseVms(lines: readonly string[]): readonly ListingEntry[] {
  const entries: ListingEntry[] = [];
  let name = '';
  for (const line of lines) {
    if (nameLine.test(line)) {
      name = line.trim();
      continue;
    }
    const entry = parseLine(name === '' ? line : `${name} ${line.trimStart()}`);
    name = '';
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function parseLine(line: string): ListingEntry | undefined {
  const parts = wholeLine.exec(line);
  if (parts === null) return undefined;
  const [, full = '', blocks, day, month = '', year, hour, minute] = parts;
  const lower = full.toLowerCase();
  const directory = lower.endsWith('.dir');
  const modified = wallTime({
    year: fullYear(Number(year)),
    month: monthNumber(month) ?? 0,
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
  });
  if (directory) return { name: lower.slice(0, -'.dir'.length), type: 'directory', modified };
  return { name: lower, type: 'file', size: Number(blocks) * BLOCK_BYTES, modified };
}
