import { isBuiltin } from 'node:module';
import path from 'node:path';

import type { Check, Finding } from './check.ts';
import { moduleReferences, type ModuleReference, type Source } from './source.ts';
import { packageSources, workspacePackages, type Package } from './workspace.ts';

/** Each kind of package, by its tag in turbo.json, to the kinds that its `src` may import. Whatever is not here is refused. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  transport: ['core'],
  tls: ['core', 'transport'],
  backend: ['core'],
  'networked-backend': ['core', 'transport'],
  test: ['core'],
  facade: ['core', 'transport', 'tls', 'backend', 'networked-backend'],
  cli: ['core', 'facade'],
};

/** Tags of packages that core loads, and whose only tie to it may be its types: there must be no second copy to disagree with. */
const typesOfCoreOnly: ReadonlySet<string> = new Set([
  'backend',
  'networked-backend',
  'transport',
  'tls',
]);

/** What `turbo boundaries` cannot see: it counts a package's tests with its `src`, and what is reached through others too. */
export const arrows: Check = {
  name: 'every src imports only what its package declares and the arrows allow',
  run(root) {
    const packages = workspacePackages(root);
    return packages.flatMap((from) => {
      const judge = new Judge(from, packages);
      return packageSources(from).flatMap((source) => judge.source(source, root));
    });
  },
};

class Judge {
  readonly #from: Package;
  readonly #byName: ReadonlyMap<string, Package>;
  readonly #allowed: ReadonlySet<string>;

  constructor(from: Package, packages: readonly Package[]) {
    this.#from = from;
    this.#byName = new Map(packages.map((one) => [one.name, one]));
    this.#allowed = new Set(from.tags.flatMap((tag) => allowed[tag] ?? []));
  }

  source(source: Source, root: string): Finding[] {
    return moduleReferences(source).flatMap((reference) => {
      const what = this.#refusal(source, reference);
      const where = `${path.relative(root, source.path)}:${reference.line}`;
      return what === undefined ? [] : [{ where, what }];
    });
  }

  #refusal(source: Source, reference: ModuleReference): string | undefined {
    const { specifier } = reference;
    if (isBuiltin(specifier)) return undefined;
    if (specifier.startsWith('.')) return this.#leavesSource(source, specifier);
    const name = packageName(specifier);
    if (name === this.#from.name) {
      return reference.augments ? undefined : `imports its own package by name`;
    }
    return this.#undeclared(name) ?? this.#arrow(name, reference);
  }

  #leavesSource(source: Source, specifier: string): string | undefined {
    const inside = path.join(this.#from.directory, 'src') + path.sep;
    const target = path.resolve(path.dirname(source.path), specifier);
    return target.startsWith(inside) ? undefined : `imports ${specifier}, which is outside src`;
  }

  #undeclared(name: string): string | undefined {
    const { dependencies, peerDependencies, optionalDependencies } = this.#from.manifest;
    const declared = { ...dependencies, ...peerDependencies, ...optionalDependencies };
    return name in declared ? undefined : `imports ${name}, which is no dependency of its package`;
  }

  #arrow(name: string, { typeOnly }: ModuleReference): string | undefined {
    const to = this.#byName.get(name);
    if (to === undefined) return undefined;
    if (!to.tags.some((tag) => this.#allowed.has(tag))) {
      return `imports ${name}: no arrow leads from ${this.#from.name} to it`;
    }
    const needsOnlyTypes = this.#from.tags.some((tag) => typesOfCoreOnly.has(tag));
    if (to.tags.includes('core') && needsOnlyTypes && !typeOnly) {
      return `imports more than types from ${name}`;
    }
    return undefined;
  }
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
