import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { Check, Finding } from './check.ts';
import { filesUnder } from './workspace.ts';

/** `[text](target)`, its title and fragment left out; code is taken away first. */
const link = /\[[^\]]*\]\(([^)\s#]+)[^)]*\)/g;
const code = /```[^]*?```|`[^`]*`/g;

/** A document that sends its reader nowhere is worse than none. */
export const links: Check = {
  name: 'every relative link in a document leads to something',
  run: (root) => documents(root).flatMap((file) => broken(file, root)),
};

function documents(root: string): string[] {
  const folders = ['docs', 'packages', 'examples', 'bench', 'tools'];
  const own = readdirSync(root)
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(root, name));
  return [...own, ...folders.flatMap((folder) => filesUnder(path.join(root, folder), '.md'))];
}

function broken(file: string, root: string): Finding[] {
  const text = readFileSync(file, 'utf8').replaceAll(code, '');
  return [...text.matchAll(link)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/i.test(target))
    .filter((target) => !existsSync(path.resolve(path.dirname(file), decodeURI(target))))
    .map((target) => ({
      where: path.relative(root, file),
      what: `links to ${target}, which is not there`,
    }));
}
