import type { BigIntStats } from 'node:fs';

import { fileFailure } from './file-error.ts';
import { shownPath, type FilePath } from './file-path.ts';

/** What a path may name: a file, or, if the caller asked for it, a device or a pipe. */
export type FileKind = 'regular' | 'pipe' | 'device';

/** The kind of what is there; refuses what cannot be read and written as bytes, and what was not asked for. */
export function fileKind(stats: BigIntStats, path: FilePath, specialFiles: boolean): FileKind {
  if (stats.isFile()) return 'regular';
  if (stats.isDirectory()) throw refusal(`${shownPath(path)} is a directory`);
  if (stats.isSocket()) throw refusal(`${shownPath(path)} is a socket`);
  const kind = stats.isFIFO() ? 'pipe' : 'device';
  if (specialFiles) return kind;
  throw refusal(`${shownPath(path)} is a ${kind}, and the request has no attribute specialFiles`);
}

function refusal(message: string): Error {
  return fileFailure('content-operation-not-permitted', message);
}
