import { parseList, type FileInfo } from 'basic-ftp';

import type { EntryType, ListingEntry } from './entry.ts';
import { isMachineListing, parseMachineListing } from './machine.ts';
import { isNetwareLine, parseNetware } from './netware.ts';
import { unixDate } from './unix-date.ts';
import { repairUnixLine } from './unix-line.ts';
import { isVmsLine, parseVms } from './vms.ts';

/** What a server says instead of a listing, or after it. */
const remark = /^(?:total|gesamt|insgesamt)\s+\d+|^[\w.-]*ftpd[\w.-]*: /i;
const rights = ['---', '--x', '-w-', '-wx', 'r--', 'r-x', 'rw-', 'rwx'];

/** The entries of a directory by MLSD, or by LIST in the style of Unix, DOS, VMS or NetWare. Throws for what is none of them. */
export function parseListing(text: string, now: Date): readonly ListingEntry[] {
  if (isMachineListing(text)) return parseMachineListing(text);
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

function entryOf(info: FileInfo, now: Date): readonly ListingEntry[] {
  const { name, permissions, rawModifiedAt } = info;
  if (name.trim() === '' || name === '.' || name === '..') return [];
  const type = entryType(info);
  const modes = permissions && [permissions.user, permissions.group, permissions.world];
  const entry = {
    name,
    type,
    size: type === 'file' && Number.isSafeInteger(info.size) ? info.size : undefined,
    modified: unixDate(rawModifiedAt, now),
    permissions: modes?.map((mode) => rights[mode] ?? '---').join(''),
  };
  return [info.link === undefined ? entry : { ...entry, target: info.link }];
}

function entryType(info: FileInfo): EntryType {
  if (info.isFile) return 'file';
  if (info.isDirectory) return 'directory';
  return info.isSymbolicLink ? 'link' : 'other';
}
