import { parseList, type FileInfo } from 'basic-ftp';

import type { EntryType, ListingEntry } from './entry.ts';
import { isNetwareLine, parseNetware } from './netware.ts';
import { unixDate } from './unix-date.ts';
import { repairUnixLine } from './unix-line.ts';
import { isVmsLine, parseVms } from './vms.ts';

/** What a server says instead of a listing, or after it. */
const remark = /^(?:total|gesamt|insgesamt)\s+\d+|^[\w.-]*ftpd[\w.-]*: /i;
/** Facts, and a space before the name (RFC 3659 §7.2). */
const machineLine = /^(?:[\w.]+=[^;\r\n]*;)+ /;
const rights = ['---', '--x', '-w-', '-wx', 'r--', 'r-x', 'rw-', 'rwx'];

/** The entries of a directory by MLSD, or by LIST in the style of Unix, DOS, VMS or NetWare. Throws for what is none of them. */
export function parseListing(text: string, now: Date): readonly ListingEntry[] {
  // A machine's listing is in one style throughout.
  if (machineLine.test(text)) return parseList(text).flatMap((info) => entryOf(info, now));
  const lines = text.split(/\r?\n/);
  const said = lines.filter((line) => line.trim() !== '' && !remark.test(line));
  const last = said.at(-1);
  if (last === undefined) return [];
  if (isVmsLine(last)) return parseVms(said);
  if (isNetwareLine(last)) return parseNetware(said, now);
  const unix = /^[bcdlps-][rwx-]/i.test(last);
  const entries = parseList((unix ? said.map(repairUnixLine) : said).join('\n'));
  return entries.flatMap((info) => entryOf(info, now));
}

/** The machine's listing states UTC, in seconds or finer. */
function entryOf(info: FileInfo, now: Date): readonly ListingEntry[] {
  const { name, permissions, modifiedAt, rawModifiedAt } = info;
  if (name.trim() === '' || name === '.' || name === '..') return [];
  const type = entryType(info);
  const modes = permissions && [permissions.user, permissions.group, permissions.world];
  const entry = {
    name,
    type,
    size: type === 'file' && Number.isSafeInteger(info.size) ? info.size : undefined,
    modified:
      modifiedAt === undefined ? unixDate(rawModifiedAt, now) : isoTime(modifiedAt, rawModifiedAt),
    permissions: modes?.map((mode) => rights[mode] ?? '---').join(''),
  };
  return [info.link === undefined ? entry : { ...entry, target: info.link }];
}

/** basic-ftp has written it out already. */
function isoTime(time: Date, iso: string): string | undefined {
  if (Number.isNaN(time.getTime())) return undefined;
  return iso.endsWith('.000Z') ? `${iso.slice(0, -5)}Z` : iso;
}

function entryType(info: FileInfo): EntryType {
  if (info.isFile) return 'file';
  if (info.isDirectory) return 'directory';
  return info.isSymbolicLink ? 'link' : 'other';
}
