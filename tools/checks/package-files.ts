import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { Check } from './check.ts';
import { publicPackages, type Package } from './workspace.ts';

/** The folder carries no licence of its own: packing puts the repository's into each tarball, and `tools/ci/packages.ts` looks. */
export const packageFiles: Check = {
  name: 'every package has a manifest, a README and a changelog of its own',
  run: (root) =>
    publicPackages(root).flatMap((one) =>
      missing(one).map((what) => ({ where: path.relative(root, one.directory), what })),
    ),
};

function missing(one: Package): string[] {
  const { manifest } = one;
  return [
    ...requirements.filter(([, holds]) => !holds(one)).map(([what]) => what),
    ...document(one, 'README.md', [`# ${manifest.name}`, '```']),
    ...document(one, 'CHANGELOG.md', [`# ${manifest.name}`, '## ']),
  ];
}

const requirements: readonly (readonly [what: string, holds: (one: Package) => boolean])[] = [
  ['has no version', ({ manifest }) => /^\d+\.\d+\.\d+/.test(manifest.version ?? '')],
  ['has no description', ({ manifest }) => (manifest.description ?? '').length > 10],
  ['is not under the MIT licence', ({ manifest }) => manifest.license === 'MIT'],
  ['is no ES module', ({ manifest }) => manifest.type === 'module'],
  ['does not say that it has no side effects', ({ manifest }) => manifest.sideEffects === false],
  ['does not say engines.node', ({ manifest }) => manifest.engines?.['node'] === '>=22.19'],
  ['does not pack dist and src', ({ manifest }) => manifest.files?.join() === 'dist,src'],
  [
    'runs a script at installation',
    ({ manifest }) => !Object.keys(manifest.scripts ?? {}).some((name) => name.endsWith('install')),
  ],
];

function document({ directory }: Package, name: string, parts: readonly string[]): string[] {
  const file = path.join(directory, name);
  if (!existsSync(file)) return [`has no ${name}`];
  const text = readFileSync(file, 'utf8');
  return parts
    .filter((part) => !text.includes(part))
    .map((part) => `its ${name} has no "${part.trim()}"`);
}
