import path from 'node:path';

import type { Check } from './check.ts';
import { exportedDeclarations } from './exported.ts';
import { packageSources, publicPackages } from './workspace.ts';

/** Overloads and merged declarations share the words of the first. */
export const docstrings: Check = {
  name: 'every export has a docstring',
  run: (root) =>
    publicPackages(root)
      .flatMap((one) => packageSources(one))
      .flatMap((source) => {
        const exported = exportedDeclarations(source);
        const documented = new Set(
          exported.filter((one) => one.documented).map(({ name }) => name),
        );
        return exported
          .filter(({ name }) => !documented.has(name))
          .map(({ name, line }) => ({
            where: `${path.relative(root, source.path)}:${line}`,
            what: `${name} has no docstring`,
          }));
      }),
};
