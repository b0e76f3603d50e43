import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { readSource, type Source } from './source.ts';

/** What the checks read in a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly license?: string;
  readonly type?: string;
  readonly sideEffects?: boolean;
  readonly files?: readonly string[];
  readonly engines?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

/** A package of this repository. */
export interface Package {
  readonly name: string;
  /** Its folder under `packages/`. */
  readonly folder: string;
  readonly directory: string;
  readonly manifest: Manifest;
  /** Its tags in turbo.json, by which arrows are allowed. */
  readonly tags: readonly string[];
}

/** Reads a JSON file whose shape the caller vouches for. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller vouches, in one word
export function readJson<Shape>(...segments: string[]): Shape {
  return JSON.parse(readFileSync(path.join(...segments), 'utf8')) as Shape;
}

/** The packages under `packages/`, private ones too. */
export function workspacePackages(root: string): Package[] {
  return readdirSync(path.join(root, 'packages'))
    .map((folder) => ({ folder, directory: path.join(root, 'packages', folder) }))
    .filter(({ directory }) => existsSync(path.join(directory, 'package.json')))
    .map(({ folder, directory }) => {
      const manifest = readJson<Manifest>(directory, 'package.json');
      const turbo = path.join(directory, 'turbo.json');
      const tags = existsSync(turbo) ? readJson<{ tags?: string[] }>(turbo).tags : undefined;
      return { folder, directory, manifest, name: manifest.name, tags: tags ?? [] };
    });
}

/** The packages that are published. */
export function publicPackages(root: string): Package[] {
  return workspacePackages(root).filter(({ manifest }) => manifest.private !== true);
}

/** The parsed files of a package's `src`. */
export function packageSources({ directory }: Package): Source[] {
  return filesUnder(path.join(directory, 'src'), '.ts').map((file) => readSource(file));
}

/** Files under `directory` that end in `ending`, in a stable order; none when it does not exist. */
export function filesUnder(directory: string, ending: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !file.includes(`${path.sep}node_modules${path.sep}`))
    .toSorted();
}
