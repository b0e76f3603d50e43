import {
  closeSync,
  constants,
  futimesSync,
  lstat,
  read,
  readdir,
  readSync,
  rename,
  unlinkSync,
  utimesSync,
  write,
  writeSync,
  type Stats,
} from 'node:fs';
import { promisify } from 'node:util';

import { cacheFailure } from '../failure.ts';
import { systemCode } from './disk-failure.ts';

// Small files are read and written synchronously: a thread takes longer than the call. Callbacks for the rest, because a FileHandle
// of `fs.promises` costs more.

// Windows has neither flag.
const NO_WAITING = constants.O_NONBLOCK ?? 0;
const NO_LINKS = constants.O_NOFOLLOW ?? 0;

/** Follows no link, and waits for nobody at the other end of a pipe. */
export const READ_FLAGS: number = constants.O_RDONLY | NO_WAITING | NO_LINKS;
/** Makes a file that was not there, for reading it too. */
export const CREATE_FLAGS: number = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
/** The owner's alone. */
export const FILE_MODE = 0o600;
/** The owner's alone. */
export const FOLDER_MODE = 0o700;

const onWindows = process.platform === 'win32';

/** The names in a folder, in no order. */
export const listFolder: (path: string) => Promise<string[]> = promisify(readdir);
/** What a name is, itself: no link is followed. */
export const statName: (path: string) => Promise<Stats> = promisify(lstat);

const renameName: (from: string, to: string) => Promise<void> = promisify(rename);

/** Fills all of `into`, or rejects: a file that ended early is not what it was. */
export function readFully(file: number, into: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const step = (done: number): void => {
      read(file, into, done, into.length - done, position + done, (error, count) => {
        if (error) reject(error);
        else if (done + count === into.length) resolve();
        else if (count === 0) reject(cacheFailure('protocol-failure', 'the file ended early'));
        else step(done + count);
      });
    };
    step(0);
  });
}

/** Writes all of `view`: a disk that is almost full takes a part, and then fails. */
export function writeFully(file: number, view: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const step = (done: number): void => {
      write(file, view, done, view.length - done, position + done, (error, count) => {
        if (error) reject(error);
        else if (done + count === view.length) resolve();
        else if (count === 0) reject(cacheFailure('protocol-failure', 'the file takes no bytes'));
        else step(done + count);
      });
    };
    step(0);
  });
}

/** Fills all of `into` from the start of the file; false: the file is shorter. */
export function readWhole(file: number, into: Uint8Array, position: number): boolean {
  let done = 0;
  while (done < into.length) {
    const count = readSync(file, into, done, into.length - done, position + done);
    if (count === 0) return false;
    done += count;
  }
  return true;
}

/** Writes all of `view` at the start of the file. */
export function writeWhole(file: number, view: Uint8Array): void {
  let done = 0;
  while (done < view.length) {
    const count = writeSync(file, view, done, view.length - done, done);
    if (count === 0) throw cacheFailure('protocol-failure', 'the file takes no bytes');
    done += count;
  }
}

/** Closes what was only read from, or is whole already: a network drive that complains then complains too late. */
export function closeFile(file: number): void {
  try {
    closeSync(file);
  } catch (error) {
    if (systemCode(error) === '') throw error;
  }
}

/** Says in the file itself when it was last used, in milliseconds. Where that cannot be said it counts as older than it is. */
export function markUsed(file: number, path: string, usedAt: number): void {
  try {
    // Windows wants a descriptor that may write.
    if (onWindows) utimesSync(path, usedAt / 1_000, usedAt / 1_000);
    else futimesSync(file, usedAt / 1_000, usedAt / 1_000);
  } catch (error) {
    if (systemCode(error) === '') throw error;
  }
}

/** Takes the place of what is there, in one step where the system can do that. */
export async function replaceFile(from: string, to: string): Promise<void> {
  try {
    await renameName(from, to);
  } catch (error) {
    // Windows refuses while somebody has the old one open; its name can still be taken away.
    if (!onWindows || systemCode(error) === 'ENOENT') throw error;
    unlinkSync(to);
    await renameName(from, to);
  }
}

/** Removes a name; false: it was not there, or cannot be removed. What is open stays readable. */
export function removeFile(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (systemCode(error) === '') throw error;
    return false;
  }
}
