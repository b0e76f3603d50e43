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

/** What a directory itself and its parent are called is no entry; nor is what links lead to elsewhere. */
function parseLine(line: string): ListingEntry | undefined {
  const space = line.indexOf(' ');
  const name = line.slice(space + 1);
  if (space === -1 || name.trim() === '' || name === '.' || name === '..') return undefined;
  if (name.includes('/')) return undefined;
  const facts = factsOf(line.slice(0, space));
  const word = facts.get('type') ?? '';
  const type = entryType(word.toLowerCase());
  if (type === undefined) return undefined;
  const size = Number(facts.get('size') ?? Number.NaN);
  const entry: ListingEntry = {
    name,
    type,
    size: type === 'file' && Number.isSafeInteger(size) ? size : undefined,
    modified: isoTime(facts.get('modify')),
    permissions: permissionsOf(facts.get('unix.mode')),
  };
  if (!word.toLowerCase().startsWith(slink)) return entry;
  return { ...entry, target: word.slice(slink.length) };
}

function factsOf(packed: string): ReadonlyMap<string, string> {
  const facts = new Map<string, string>();
  for (const fact of packed.split(';')) {
    const at = fact.indexOf('=');
    if (at > 0) facts.set(fact.slice(0, at).toLowerCase(), fact.slice(at + 1));
  }
  return facts;
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
function isoTime(text: string | undefined): string | undefined {
  if (text === undefined || !/^\d{14}(?:\.\d+)?$/.test(text)) return undefined;
  const date = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  const time = `${text.slice(8, 10)}:${text.slice(10, 12)}:${text.slice(12, 14)}`;
  return `${date}T${time}${text.slice(14, 18)}Z`;
}

/** The last three digits of an octal mode. */
function permissionsOf(mode: string | undefined): string | undefined {
  if (mode === undefined || !/[0-7]{3}$/.test(mode)) return undefined;
  return Array.from(mode.slice(-3), (digit) => rights[Number(digit)]).join('');
}
