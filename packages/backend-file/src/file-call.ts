import {
  access,
  close,
  constants,
  fchmod,
  fchown,
  fstatSync,
  lstat,
  open,
  read,
  rename,
  stat,
  unlink,
  write,
  type BigIntStats,
} from 'node:fs';
import { promisify } from 'node:util';

import type { FilePath } from './file-path.ts';

// Callbacks, not `fs.promises`: a FileHandle costs more than the read of a small file.

const bigint = { bigint: true } as const;

/** Follows links. */
export const statPath: (path: FilePath) => Promise<BigIntStats> = (path) =>
  new Promise((resolve, reject) => {
    stat(path, bigint, (error, stats) => (error ? reject(error) : resolve(stats)));
  });

/** Does not follow links. */
export const statLink: (path: FilePath) => Promise<BigIntStats> = (path) =>
  new Promise((resolve, reject) => {
    lstat(path, bigint, (error, stats) => (error ? reject(error) : resolve(stats)));
  });

/** What an open file is now. Synchronous: the system has it at hand, and a thread would take longer. */
export function statOpen(descriptor: number): BigIntStats {
  return fstatSync(descriptor, bigint);
}

/** Gives a descriptor, which somebody has to close. Follows links, unless the flags make a new file. */
export const openPath: (path: FilePath, flags: number, mode?: number) => Promise<number> =
  promisify(open);
/** Also releases it when it rejects, so that it may be closed once only. */
export const closeDescriptor: (descriptor: number) => Promise<void> = promisify(close);
/** Takes the place of what is there, in one step. */
export const renamePath: (from: FilePath, to: FilePath) => Promise<void> = promisify(rename);
/** Removes the name; the bytes go with the last name and the last descriptor. */
export const unlinkPath: (path: FilePath) => Promise<void> = promisify(unlink);
/** The rights alone: changing the owner afterwards may take some of them away. */
export const changeMode: (descriptor: number, mode: number) => Promise<void> = promisify(fchmod);
/** Rejects with `EPERM` where the process is not allowed to give files away. */
export const changeOwner: (descriptor: number, user: number, group: number) => Promise<void> =
  promisify(fchown);
const askAccess: (path: FilePath, mode: number) => Promise<void> = promisify(access);

/** Rejects unless the process may write to an existing file. */
export function checkWritable(path: FilePath): Promise<void> {
  return askAccess(path, constants.W_OK);
}

/** Resolves to the count, 0 at the end of the file. A `position` of `null` is wherever the descriptor is. */
export function readAt(
  descriptor: number,
  into: Uint8Array,
  position: number | null,
): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, into, 0, into.byteLength, position, (error, count) =>
      error ? reject(error) : resolve(count),
    );
  });
}

/** Resolves to the count, which may be less than the view. A `position` of `null` is wherever the descriptor is. */
export function writeAt(
  descriptor: number,
  view: Uint8Array,
  position: number | null,
): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, view, 0, view.byteLength, position, (error, count) =>
      error ? reject(error) : resolve(count),
    );
  });
}

// Windows has neither flag.
const NO_WAITING = (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/** Opening a pipe waits for nobody, and opening a terminal does not take it over. */
export const READ_FLAGS: number = constants.O_RDONLY | NO_WAITING;
/** Writes to what is there, and makes nothing. */
export const WRITE_FLAGS: number = constants.O_WRONLY | NO_WAITING;
/** Makes a file that nobody else has, and follows no link. */
export const CREATE_FLAGS: number = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
