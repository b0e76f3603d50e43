import type { BigIntStats } from 'node:fs';

import { checkWritable, statLink, statPath } from './file-call.ts';
import { fileFailure, systemCall, systemCode, systemFailure } from './file-error.ts';
import { fileKind } from './file-kind.ts';
import { endsInSeparator, shownPath, type FilePath } from './file-path.ts';

/** What a put is about to write. */
export interface PutTarget {
  readonly path: FilePath;
  /** For messages. */
  readonly name: string;
  /** The file that is there and will be replaced; absent if there is none, or only a link. */
  readonly existing?: BigIntStats | undefined;
  /** A device or a pipe, which is written to as it is. */
  readonly special: boolean;
}

/** Looks at what the path names, and refuses what is no file or may not be written. */
export async function putTarget(path: FilePath, specialFiles: boolean): Promise<PutTarget> {
  const name = shownPath(path);
  if (endsInSeparator(path)) {
    throw fileFailure('content-operation-not-permitted', `${name} names a directory`);
  }
  const found = await ifThere(statPath(path), `put ${name}`);
  if (found !== undefined && fileKind(found, path, specialFiles) !== 'regular') {
    return { path, name, special: true };
  }
  const existing = await ifThere(statLink(path), `put ${name}`);
  if (existing === undefined || existing.isSymbolicLink()) return { path, name, special: false };
  // A rename asks only for the folder's permission, so the file's own is asked for here.
  await systemCall(checkWritable(path), `put ${name}`);
  return { path, name, existing, special: false };
}

async function ifThere(
  look: Promise<BigIntStats>,
  doing: string,
): Promise<BigIntStats | undefined> {
  try {
    return await look;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw systemFailure(error, doing);
  }
}
