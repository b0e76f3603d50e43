import path from 'node:path';

import { shell } from './shell.ts';

/** What a consumer's tools read in a published manifest. */
export interface PackedManifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
}

/** A package as it would be published. */
export interface Packed {
  readonly name: string;
  readonly version: string;
  readonly tarball: string;
  readonly files: ReadonlySet<string>;
  readonly manifest: PackedManifest;
}

/** Packs the package in `directory` into `into`. */
export async function pack(directory: string, into: string): Promise<Packed> {
  const out = await shell(directory, 'pnpm', 'pack', '--json', '--pack-destination', into);
  const { name, version, filename, files } = JSON.parse(out) as {
    name: string;
    version: string;
    filename: string;
    files: { path: string }[];
  };
  const manifest = JSON.parse(
    await shell(into, 'tar', 'xzOf', filename, 'package/package.json'),
  ) as PackedManifest;
  const paths = new Set(files.map((file) => file.path));
  return { name, version, tarball: filename, manifest, files: paths };
}

/** Rejects for a tarball that nobody should get. */
export async function inspect(packed: Packed, root: string): Promise<void> {
  const refused = refusals(packed);
  if (refused.length > 0) throw new Error(refused.join('; '));
  const { tarball } = packed;
  await Promise.all([
    shell(root, 'publint', '--strict', tarball),
    shell(root, 'attw', tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'),
  ]);
}

/** What publint and attw do not look for. */
export function refusals({ files, manifest }: Pick<Packed, 'files' | 'manifest'>): string[] {
  const missing = ['LICENSE', 'README.md', ...Object.values(manifest.bin ?? {})]
    .map((file) => path.posix.normalize(file))
    .filter((file) => !files.has(file))
    .map((file) => `${file} is not packed`);
  // A dist file whose source is gone would otherwise be published for ever.
  const orphans = [...files]
    .filter((file) => /^dist\/.*\.js$/.test(file) && !file.endsWith('.chunk.js'))
    .filter((file) => !files.has(file.replace(/^dist\/(.*)\.js$/, 'src/$1.ts')))
    .map((file) => `${file} has no source`);
  const strangers = [...files]
    .filter(
      (file) => !/^(?:dist|src)\/|^[^/]+$/.test(file) || /\.(?:test|tsbuildinfo)\b/.test(file),
    )
    .map((file) => `${file} should not be packed`);
  const ranges = JSON.stringify(manifest).match(/"(?:workspace|catalog):[^"]*"/g) ?? [];
  return [...missing, ...orphans, ...strangers, ...ranges.map((range) => `${range} is left in it`)];
}

/** The specifiers that `packed` promises to importers. */
export function entryPoints({ name, manifest }: Pick<Packed, 'name' | 'manifest'>): string[] {
  return Object.keys(manifest.exports)
    .filter((subpath) => !subpath.endsWith('.json'))
    .map((subpath) => path.posix.join(name, subpath));
}
