import { createHash } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { patternChunks } from '@netaccess/test-servers';

/** A file in a folder of its own, and the SHA-256 of what was written. */
export interface LargeFile {
  readonly path: string;
  readonly url: URL;
  readonly bytes: number;
  readonly sha256: string;
  remove(): Promise<void>;
}

/** Writes the pattern to a temporary file. */
export async function writeLargeFile(bytes: number): Promise<LargeFile> {
  const folder = await mkdtemp(path.join(tmpdir(), 'netaccess-demo-'));
  const name = path.join(folder, 'large.bin');
  const remove = async (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const sha256 = await writePattern(name, bytes);
    return { path: name, url: pathToFileURL(name), bytes, sha256, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function writePattern(name: string, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(name, 'wx');
  try {
    for (const chunk of patternChunks(bytes, 200, 1024 * 1024)) {
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}
