import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';

import type { Check, Finding } from './check.ts';
import { literals, moduleReferences, type Literal, type Source } from './source.ts';
import { packageSources, workspacePackages, type Package } from './workspace.ts';

const schemes: ReadonlySet<string> = new Set(
  ['http', 'https', 'ftp', 'ftps', 'file', 'data', 'blob', 'ws', 'wss', 'about'].flatMap(
    (scheme) => [scheme, `${scheme}:`],
  ),
);
/** Of FTP (RFC 959, 2228); those of HTTP are Node's. */
const ftpStatusCodes = [
  '110 120 125 150 202 211 212 213 214 215 220 221 225 226 227 228 229 230 234 250 257 331 332 334 350',
  '421 425 426 430 434 450 451 452 500 501 502 503 504 530 532 534 550 551 552 553',
].flatMap((line) => line.split(' '));
const statusCodes: ReadonlySet<string> = new Set([...Object.keys(STATUS_CODES), ...ftpStatusCodes]);

/** A constant that says in its name what it counts is a limit, whatever its number. */
const unitOfLimit = /bytes|characters|length|count|milliseconds|ticks|maximum/i;

/** Of all JavaScript that is published. */
const maximumBytes = 60_000;

/** Core runs wherever JavaScript does, and treats every scheme alike. */
export const neutralCore: Check = {
  name: 'core knows no platform, no scheme and no status code',
  run: (root) =>
    corePackages(root).flatMap((core) => [
      ...dependencies(core),
      ...packageSources(core).flatMap((source) => refusals(source, root)),
    ]),
};

/** Only the standard library and the web's own names; checked by the compiler. */
export const coreTypes: Check = {
  name: 'core type-checks without the types of any platform but the web',
  async run(root) {
    const found = await Promise.all(corePackages(root).map((core) => typeErrors(core)));
    return found.flat();
  },
};

/** Needs a build. */
export const coreSize: Check = {
  name: `core is at most ${maximumBytes / 1000} kB of JavaScript`,
  run: (root) => corePackages(root).flatMap((core) => tooLarge(core)),
};

function tooLarge({ directory, name }: Package): Finding[] {
  const built = path.join(directory, 'dist');
  if (!existsSync(built)) return [{ where: name, what: 'is not built' }];
  const bytes = readdirSync(built)
    .filter((file) => file.endsWith('.js'))
    .reduce((sum, file) => sum + statSync(path.join(built, file)).size, 0);
  return bytes <= maximumBytes ? [] : [{ where: name, what: `has ${bytes} bytes` }];
}

function corePackages(root: string): Package[] {
  return workspacePackages(root).filter(({ tags }) => tags.includes('core'));
}

function dependencies({ name, manifest }: Package): Finding[] {
  const { dependencies: needed, peerDependencies, optionalDependencies } = manifest;
  return Object.keys({ ...needed, ...peerDependencies, ...optionalDependencies }).map(
    (dependency) => ({ where: name, what: `depends on ${dependency}` }),
  );
}

function refusals(source: Source, root: string): Finding[] {
  const at = (line: number): string => `${path.relative(root, source.path)}:${line}`;
  const modules = moduleReferences(source)
    .filter(({ specifier, augments }) => isBuiltin(specifier) || !(augments || isOwn(specifier)))
    .map(({ specifier, line }) => ({ where: at(line), what: `imports ${specifier}` }));
  const words = literals(source).flatMap((literal) => {
    const what = refusal(literal);
    return what === undefined ? [] : [{ where: at(literal.line), what }];
  });
  return [...modules, ...words];
}

function isOwn(specifier: string): boolean {
  return specifier.startsWith('./') || specifier.startsWith('../');
}

function refusal({ value, raw, names }: Literal): string | undefined {
  if (typeof value === 'string') {
    return schemes.has(value.toLowerCase()) ? `names the scheme "${value}"` : undefined;
  }
  if (names !== undefined && unitOfLimit.test(names)) return undefined;
  return statusCodes.has(raw) ? `has ${raw}, a status code` : undefined;
}

async function typeErrors({ directory }: Package): Promise<Finding[]> {
  const only = ['--types', '', '--lib', 'es2023,dom,esnext.disposable'];
  try {
    await promisify(execFile)('tsc', ['-p', 'tsconfig.build.json', '--noEmit', ...only], {
      cwd: directory,
    });
    return [];
  } catch (error) {
    const { stdout, message } = error as { stdout?: string; message: string };
    return [{ where: directory, what: stdout?.trim() || message }];
  }
}
