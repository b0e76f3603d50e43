import { isUtf8 } from 'node:buffer';

import { fileFailure } from './file-error.ts';

/** What the system is asked for; bytes where a name is not valid UTF-8, which POSIX allows. */
export type FilePath = string | Buffer;

/** Whether names are Windows's or POSIX's. */
export type PathStyle = 'posix' | 'windows';

/** That of the machine that this runs on. */
export const ownPathStyle: PathStyle = process.platform === 'win32' ? 'windows' : 'posix';

/** The path that a `file:` URL names. Query and fragment name nothing and are ignored. Throws for what no path may come from. */
export function filePath(url: URL, style: PathStyle = ownPathStyle): FilePath {
  const { hostname, pathname } = url;
  if (hostname !== '' && hostname !== 'localhost') {
    throw refusal(`file: URLs name files of this machine, not of "${hostname}"`);
  }
  if (/%00/.test(pathname)) throw refusal('the path holds a NUL');
  if (/%2f/i.test(pathname)) throw refusal('the path holds an encoded "/"');
  return style === 'windows' ? windowsPath(pathname) : percentDecoded(pathname || '/');
}

function windowsPath(pathname: string): string {
  if (/%5c/i.test(pathname)) throw refusal('the path holds an encoded "\\"');
  const [, drive, encoded = ''] = /^\/([a-z]:)(\/.*)?$/i.exec(pathname) ?? [];
  if (drive === undefined) throw refusal('the path does not start with a drive');
  const rest = percentDecoded(encoded === '' ? '/' : encoded);
  if (typeof rest !== 'string') throw refusal('the path is not valid UTF-8');
  // A colon after the drive names a stream within a file: `a.txt::$DATA`.
  if (rest.includes(':')) throw refusal('the path holds a second ":"');
  if (rest.split('/').some(isDeviceName)) {
    throw fileFailure('content-operation-not-permitted', `${drive}${rest} is a device`);
  }
  return drive + rest.replaceAll('/', '\\');
}

/** In every folder, whatever follows the first dot, Windows takes these names for devices. */
function isDeviceName(name: string): boolean {
  return /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)/i.test(name);
}

/** As the URL standard does it: what is not two hexadecimal digits stays as it is, and bytes need not be UTF-8. */
function percentDecoded(pathname: string): FilePath {
  if (!pathname.includes('%')) return pathname;
  const bytes = Buffer.from(
    pathname.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    ),
    'latin1',
  );
  return isUtf8(bytes) ? bytes.toString() : bytes;
}

/** The same folder's file of that name; `name` is plain ASCII. */
export function beside(path: FilePath, name: string): FilePath {
  const end = lastSeparator(path) + 1;
  return typeof path === 'string'
    ? path.slice(0, end) + name
    : Buffer.concat([path.subarray(0, end), Buffer.from(name)]);
}

/** True for paths such as `/folder/`, which can only name a folder. */
export function endsInSeparator(path: FilePath): boolean {
  return lastSeparator(path) === path.length - 1;
}

function lastSeparator(path: FilePath): number {
  return Math.max(path.lastIndexOf('/'), ownPathStyle === 'windows' ? path.lastIndexOf('\\') : -1);
}

/** A path for messages: quoted, and without what would steer a terminal. */
export function shownPath(path: FilePath): string {
  return `"${path.toString().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, encodeURIComponent)}"`;
}

function refusal(message: string): Error {
  return fileFailure('protocol-invalid-operation', message);
}
