import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { buildPackage } from '@netaccess/build';

const bench = new URL('./', import.meta.url);
const packages = new URL('../packages/', bench);
const built = new URL('dist/', bench);

/** Builds the contenders beside the packages as they would be published: stripping types takes time and memory that nobody pays who installs them. */
export async function build(): Promise<URL> {
  rmSync(built, { recursive: true, force: true });
  const { dependencies } = manifestIn(new URL('netaccess/', packages));
  const names = Object.keys(dependencies ?? {}).map((name) => name.replace('@netaccess/', ''));
  for (const name of ['netaccess', 'backend-ftp', 'backend-cache', ...names])
    await publish(new URL(`${name}/`, packages));
  compile(new URL('tsconfig.json', bench), built);
  return built;
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly exports?: unknown };
}

function manifestIn(folder: URL): Manifest {
  return JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
}

async function publish(folder: URL): Promise<void> {
  const manifest = manifestIn(folder);
  const to = new URL(`node_modules/${manifest.name}/`, built);
  mkdirSync(to, { recursive: true });
  const published = { ...manifest, exports: manifest.publishConfig?.exports };
  writeFileSync(new URL('package.json', to), JSON.stringify(published));
  await buildPackage(fileURLToPath(folder), fileURLToPath(new URL('dist/', to)));
}

function compile(project: URL, to: URL): void {
  const args = ['-p', fileURLToPath(project), '--outDir', fileURLToPath(to)];
  const { status, stdout } = spawnSync('tsc', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cannot build ${fileURLToPath(project)}:\n${stdout}`);
}
