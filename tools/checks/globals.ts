import { execFile } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import type { Check, Finding } from './check.ts';
import { publicPackages, type Package } from './workspace.ts';

/** Entry points that only a test runner can import. */
const inTestRunner = /\/vitest$/;

/** Importing anything changes nothing for anybody else in the process. */
export const globals: Check = {
  name: 'importing a package changes no global',
  async run(root) {
    const entries = publicPackages(root).flatMap((one) => entryPoints(one));
    const found = await Promise.all(entries.map((entry) => changes(entry)));
    return found.flat();
  },
};

interface EntryPoint {
  readonly name: string;
  readonly url: string;
}

function entryPoints({ name, directory, manifest }: Package): EntryPoint[] {
  return Object.entries(manifest.exports ?? {})
    .filter(([subpath, target]) => target.endsWith('.ts') && !inTestRunner.test(subpath))
    .map(([subpath, target]) => ({
      name: path.posix.join(name, subpath),
      url: pathToFileURL(path.join(directory, target)).href,
    }));
}

async function changes({ name, url }: EntryPoint): Promise<Finding[]> {
  const observer = path.join(import.meta.dirname, 'observe-globals.ts');
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [observer, url]);
    const changed = JSON.parse(stdout) as string[];
    return changed.map((what) => ({ where: name, what: `changes ${what}` }));
  } catch (error) {
    return [{ where: name, what: `cannot be imported: ${String(error)}` }];
  }
}
