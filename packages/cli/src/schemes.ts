import { createManager, type BackendFeatures, type SchemeDescription } from 'netaccess';

import { installedPackage } from './installed-package.ts';

const titles = ['SCHEME', 'PACKAGE', 'VERSION', 'CLAIMS', 'LOADED'];

/** `netaccess schemes`: a table of what can be asked for. Claims come from the packages' manifests; nothing is loaded for it. */
export async function schemes(): Promise<string> {
  const manager = createManager();
  try {
    return table([titles, ...manager.schemes().map((scheme) => row(scheme))]);
  } finally {
    await manager.close();
  }
}

function row({ scheme, package: name, backend, features, loaded }: SchemeDescription): string[] {
  const facts = name === undefined ? undefined : installedPackage(name);
  const claims = claimWords(features ?? facts?.netaccess?.features);
  const version = facts?.version ?? (name === undefined ? '-' : 'not installed');
  return [scheme, name ?? backend ?? '-', version, claims, loaded ? 'yes' : 'no'];
}

function claimWords(features: BackendFeatures | undefined): string {
  if (features === undefined) return '-';
  const { targetTypes, securityFeatures = [], ioFeatures = [] } = features;
  return [...targetTypes, ...securityFeatures, ...ioFeatures].join(', ');
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = titles.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
