import { readFileSync } from 'node:fs';
import path from 'node:path';

import type { Check } from './check.ts';
import { filesUnder } from './workspace.ts';

const refused: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\b(?:TO[D]O|FIX[M]E|HA[C]K|XX[X])\b/, 'postpones work: do it, or write an issue'],
  [/(?:^|[\s"'`(=])\/(?:work|root|home\/\w+)\//, "names a path of somebody's machine"],
  [/registry\.npm[j]s|deb\.debian\.[o]rg/, "names a package registry's host"],
  [/@ts-(?:ignore|nocheck)\b/, 'silences the compiler'],
];

/** What slips in while writing and must not be kept. */
export const unwantedText: Check = {
  name: 'no postponed work, machine path or registry host is committed',
  run: (root) =>
    ['packages', 'tools', 'bench', 'examples', 'docs']
      .flatMap((folder) =>
        ['.ts', '.md', '.json'].flatMap((ending) => filesUnder(path.join(root, folder), ending)),
      )
      .filter((file) => !/[\\/](?:dist|vectors|fixtures)[\\/]/.test(file))
      .flatMap((file) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .flatMap((line, index) =>
            refused
              .filter(([pattern]) => pattern.test(line))
              .map(([, what]) => ({ where: `${path.relative(root, file)}:${index + 1}`, what })),
          ),
      ),
};
