import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

import { rolldown } from 'rolldown';

interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
}

/**
 * Writes what is published of the package in `directory` to `into`: declarations file by file, and JavaScript in as few modules as its
 * entries and its own lazy imports allow, for every module that is loaded costs more than the code in it. Names of exports and members
 * stay; comments are in the declarations and in the source, to which source maps lead.
 */
export async function buildPackage(directory: string, into: string): Promise<void> {
  rmSync(into, { recursive: true, force: true });
  declare(directory, into);
  const bundle = await rolldown({
    input: entries(directory),
    cwd: directory,
    external: (id) => !id.startsWith('.') && !path.isAbsolute(id),
    platform: 'neutral',
    logLevel: 'warn',
  });
  try {
    await bundle.write({
      dir: into,
      format: 'esm',
      sourcemap: true,
      entryFileNames: '[name].js',
      chunkFileNames: '[name].chunk.js',
      comments: { legal: true, annotation: true, jsdoc: false },
      minify: {
        compress: true,
        mangle: { toplevel: false, keepNames: { function: true, class: true } },
        codegen: { removeWhitespace: false },
      },
    });
  } finally {
    await bundle.close();
  }
}

/** Source files by the names that they get in the output, without their endings. */
function entries(directory: string): Record<string, string> {
  const manifest = JSON.parse(
    readFileSync(path.join(directory, 'package.json'), 'utf8'),
  ) as Manifest;
  const sources = [...Object.values(manifest.exports), ...Object.values(manifest.bin ?? {})];
  return Object.fromEntries(
    sources
      .filter((source) => source.endsWith('.ts'))
      .map((source) => [source.replace(/^\.\/src\/(.*)\.ts$/, '$1'), path.join(directory, source)]),
  );
}

function declare(directory: string, into: string): void {
  const project = path.join(directory, 'tsconfig.build.json');
  const args = ['-p', project, '--emitDeclarationOnly', '--outDir', into];
  const { status, stdout, error } = spawnSync('tsc', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cannot declare ${directory}:\n${error?.message ?? stdout}`);
}
