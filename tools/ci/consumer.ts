import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { entryPoints, type Packed } from './packed.ts';
import { runtimes } from './runtimes.ts';
import { shell } from './shell.ts';

/** Where consumers are made, and from where they install. */
export interface ConsumerPlace {
  readonly root: string;
  readonly directory: string;
  readonly registry: string;
}

/** A project outside the workspace that installs published packages as a user would. */
export class Consumer {
  readonly directory: string;
  readonly #root: string;

  private constructor(directory: string, root: string) {
    this.directory = directory;
    this.#root = root;
  }

  /** Installs `wanted`, and nothing but what they ask for. */
  static async make(
    place: ConsumerPlace,
    name: string,
    wanted: readonly Packed[],
  ): Promise<Consumer> {
    const directory = path.join(place.directory, name.replaceAll(/[^\w-]/g, '-'));
    mkdirSync(directory);
    writeFileSync(
      path.join(directory, 'package.json'),
      JSON.stringify({ name: 'consumer', type: 'module' }),
    );
    writeFileSync(path.join(directory, '.npmrc'), `registry=${place.registry}\n`);
    const specifiers = wanted.map((one) => `${one.name}@${one.version}`);
    const flags = ['--prefer-offline', '--strict-peer-deps', '--no-audit', '--no-fund'];
    await shell(directory, 'npm', 'install', ...flags, ...specifiers);
    return new Consumer(directory, place.root);
  }

  /** Every package that was installed. */
  async installed(): Promise<string[]> {
    const lines = (await shell(this.directory, 'npm', 'ls', '--all', '--parseable')).split('\n');
    const folder = `${path.sep}node_modules${path.sep}`;
    return lines.slice(1).map((line) => line.slice(line.lastIndexOf(folder) + folder.length));
  }

  /** Copies a prepared source into the project. */
  add(file: string): void {
    copyFileSync(
      path.join(import.meta.dirname, 'consumers', file),
      path.join(this.directory, file),
    );
  }

  write(file: string, text: string): void {
    writeFileSync(path.join(this.directory, file), text);
  }

  /** Type-checks `files` as strictly as TypeScript can, declarations of the packages included. */
  async compile(...files: string[]): Promise<void> {
    const flags =
      '--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --allowImportingTsExtensions --target es2023 --module nodenext --skipLibCheck false --types node';
    const types = path.join(this.#root, 'node_modules/@types');
    const lib = ['--lib', 'es2023,dom,dom.iterable,esnext.disposable'];
    const tsc = path.join(this.#root, 'node_modules/.bin/tsc');
    await shell(this.directory, tsc, ...flags.split(' '), ...lib, '--typeRoots', types, ...files);
  }

  /** Runs `file` on every Node and gives what the last printed. */
  async run(file: string, ...args: string[]): Promise<string> {
    let printed = '';
    for (const node of runtimes(this.#root)) {
      printed = await shell(this.directory, node.path, ...args, file);
    }
    return printed;
  }

  /** Imports and requires all that `packed` promises, on every Node. */
  async useEverything(packed: Packed): Promise<void> {
    const names = JSON.stringify(entryPoints(packed).filter((name) => !name.endsWith('/vitest')));
    this.write('import.mjs', `for (const name of ${names}) await import(name);`);
    this.write('require.cjs', `for (const name of ${names}) require(name);`);
    const types = entryPoints(packed).map((name, index) => `export * as e${index} from '${name}';`);
    this.write('types.ts', types.join('\n'));
    await this.run('import.mjs');
    await this.run('require.cjs');
    await this.compile('types.ts');
  }
}
