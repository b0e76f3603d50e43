import type { EntryType, ListingEntry } from './entry.ts';

/** Facts, and a space before the name (RFC 3659 §7.2). */
const machineLine = /^(?:[\w.]+=[^;\r\n]*;)+ /;
const slink = 'os.unix=slink:';
const rights = ['---', '--x', '-w-', '-wx', 'r--', 'r-x', 'rw-', 'rwx'];

/** True for the listing of a server that knows MLSD. */
export function isMachineListing(text: string): boolean {
  return machineLine.test(text);
}

/** The entries of a listing by MLSD. basic-ftp's parser is right, too, and takes four times as long for a large directory. */
export function parseMachineListing(text: string): readonly ListingEntry[] {
  const entries: ListingEntry[] = [];
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const next = newline === -1 ? text.length : newline + 1;
    const end = newline > start && text[newline - 1] === '\r' ? newline - 1 : newline;
    const entry = parseLine(text.slice(start, newline === -1 ? text.length : end));
    if (entry !== undefined) entries.push(entry);
    start = next;
  }
  return entries;
}

/** The facts of one line that are wanted, as they are written. */
interface Facts {
  type: string;
  size: number;
  modify: string;
  mode: string;
}

/** What a directory itself and its parent are called is no entry; nor is what links lead to elsewhere. */
function parseLine(line: string): ListingEntry | undefined {
  const space = line.indexOf(' ');
  const name = line.slice(space + 1);
  if (space === -1 || name.trim() === '' || name === '.' || name === '..') return undefined;
  if (name.includes('/')) return undefined;
  const facts = factsOf(line, space);
  const word = facts.type.toLowerCase();
  const type = entryType(word);
  if (type === undefined) return undefined;
  const entry: ListingEntry = {
    name,
    type,
    size: type === 'file' && Number.isSafeInteger(facts.size) ? facts.size : undefined,
    modified: isoTime(facts.modify),
    permissions: permissionsOf(facts.mode),
  };
  if (!word.startsWith(slink)) return entry;
  return { ...entry, target: facts.type.slice(slink.length) };
}

function factsOf(line: string, end: number): Facts {
  const facts: Facts = { type: '', size: Number.NaN, modify: '', mode: '' };
  for (let at = 0; at < end;) {
    const equals = line.indexOf('=', at);
    const semicolon = line.indexOf(';', at);
    if (equals === -1 || semicolon === -1 || semicolon > end) break;
    if (equals < semicolon) keep(facts, line.slice(at, equals), line.slice(equals + 1, semicolon));
    at = semicolon + 1;
  }
  return facts;
}

function keep(facts: Facts, name: string, value: string): void {
  switch (name.toLowerCase()) {
    case 'type':
      facts.type = value;
      break;
    case 'size':
      facts.size = value === '' ? Number.NaN : Number(value);
      break;
    case 'modify':
      facts.modify = value;
      break;
    case 'unix.mode':
      facts.mode = value;
      break;
    default:
  }
}

function entryType(word: string): EntryType | undefined {
  switch (word) {
    case 'file':
      return 'file';
    case 'dir':
      return 'directory';
    case 'cdir':
    case 'pdir':
      return undefined;
    default:
      return word === 'os.unix=symlink' || word.startsWith(slink) ? 'link' : 'other';
  }
}

/** `YYYYMMDDHHMMSS[.sss]`, always UTC (RFC 3659 §2.3). */
function isoTime(text: string): string | undefined {
  if (!/^\d{14}(?:\.\d+)?$/.test(text)) return undefined;
  const date = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  const time = `${text.slice(8, 10)}:${text.slice(10, 12)}:${text.slice(12, 14)}`;
  return `${date}T${time}${text.length > 14 ? text.slice(14, 18) : ''}Z`;
}

/** The last three digits of an octal mode. */
function permissionsOf(mode: string): string | undefined {
  if (!/[0-7]{3}$/.test(mode)) return undefined;
  return rightsAt(mode, 3) + rightsAt(mode, 2) + rightsAt(mode, 1);
}

function rightsAt(mode: string, fromEnd: number): string {
  return rights[Number(mode[mode.length - fromEnd])] ?? '---';
}
