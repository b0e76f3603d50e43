import type { BackendFactory, BackendFeatures } from './contract.ts';
import { NetworkError } from './error.ts';
import { Plugin, type LazyPlugin, type PluginLoader } from './plugins.ts';
import { checkFactory, isScheme } from './validate.ts';

/** What a manager can serve: factories in order of preference, and plugins by scheme. */
export interface RegistryOptions {
  readonly factories?: readonly BackendFactory[] | undefined;
  /** By scheme. One loader under several schemes is loaded once. */
  readonly plugins?: Readonly<Record<string, PluginLoader | LazyPlugin>> | undefined;
}

/** One scheme, and who serves it. */
export interface SchemeDescription {
  readonly scheme: string;
  readonly package?: string | undefined;
  /** The factory's name; absent until it is loaded. */
  readonly backend?: string | undefined;
  readonly features?: BackendFeatures | undefined;
  readonly loaded: boolean;
}

/** What the redirect policy asks about a scheme. */
export interface SchemeTable {
  serves(scheme: string): boolean;
  /** True if the scheme never travels in clear, whoever serves it. */
  isSecure(scheme: string): boolean | Promise<boolean>;
}

interface Assignment {
  readonly plugin: Plugin;
  readonly secure: boolean | undefined;
}

/** Finds factories by scheme. What it serves never changes; plugins are loaded when first asked for. */
export class Registry implements SchemeTable {
  readonly #factories: readonly BackendFactory[];
  readonly #assignments = new Map<string, Assignment>();
  readonly #candidates = new Map<string, readonly BackendFactory[]>();

  constructor(options: RegistryOptions) {
    this.#factories = (options.factories ?? []).map((factory) =>
      checkFactory(factory, nameOf(factory)),
    );
    const plugins = new Map<PluginLoader, Plugin>();
    for (const [scheme, source] of Object.entries(options.plugins ?? {})) {
      checkScheme(scheme);
      const lazy = typeof source === 'function' ? { load: source } : source;
      const plugin = plugins.get(lazy.load) ?? new Plugin(lazy);
      plugins.set(lazy.load, plugin);
      this.#assignments.set(scheme, { plugin, secure: lazy.secure });
    }
  }

  /** Every scheme that is served by name; what "*" would offer to serve is left out. */
  get supportedSchemes(): readonly string[] {
    const schemes = new Set(this.#factories.flatMap((factory) => factory.schemes));
    for (const scheme of this.#assignments.keys()) schemes.add(scheme);
    schemes.delete('*');
    return [...schemes].toSorted();
  }

  serves(scheme: string): boolean {
    return (
      this.#assignments.has(scheme) ||
      this.#factories.some((factory) => factory.schemes.includes(scheme))
    );
  }

  isSecure(scheme: string): boolean | Promise<boolean> {
    const named = this.#factories.filter((factory) => factory.schemes.includes(scheme));
    if (!named.every((factory) => isSecureIn(factory, scheme))) return false;
    const assignment = this.#assignments.get(scheme);
    if (assignment === undefined) return named.length > 0;
    const { plugin, secure } = assignment;
    if (plugin.factory !== undefined) return isSecureIn(plugin.factory, scheme);
    return secure ?? plugin.load(scheme).then((factory) => isSecureIn(factory, scheme));
  }

  /** Factories that may serve the scheme, in the order in which they are asked. Loads the scheme's plugin. */
  candidates(scheme: string): readonly BackendFactory[] | Promise<readonly BackendFactory[]> {
    return this.#candidates.get(scheme) ?? this.#find(scheme);
  }

  #find(scheme: string): readonly BackendFactory[] | Promise<readonly BackendFactory[]> {
    const offering = this.#factories.filter(
      ({ schemes }) => schemes.includes(scheme) || schemes.includes('*'),
    );
    if (!this.serves(scheme)) return offering;
    const assignment = this.#assignments.get(scheme);
    if (assignment === undefined) return this.#remember(scheme, offering);
    return assignment.plugin.load(scheme).then((factory) => {
      checkAssignment(factory, scheme, assignment.secure);
      return this.#remember(scheme, [...offering, factory]);
    });
  }

  /** Only for schemes that are served by name: others come from strangers, without end. */
  #remember(scheme: string, candidates: readonly BackendFactory[]): readonly BackendFactory[] {
    this.#candidates.set(scheme, candidates);
    return candidates;
  }

  /** Who serves each supported scheme first, without loading anything. */
  describe(): readonly SchemeDescription[] {
    return this.supportedSchemes.map((scheme) => {
      const plugin = this.#assignments.get(scheme)?.plugin;
      const factory =
        this.#factories.find(({ schemes }) => schemes.includes(scheme)) ?? plugin?.factory;
      return {
        scheme,
        package: plugin?.package,
        backend: factory?.name,
        features: factory?.features,
        loaded: factory !== undefined,
      };
    });
  }

  /** Every factory that exists at present, each once. */
  get loadedFactories(): readonly BackendFactory[] {
    const loaded = new Set(this.#factories);
    for (const { plugin } of this.#assignments.values())
      if (plugin.factory !== undefined) loaded.add(plugin.factory);
    return [...loaded];
  }
}

function checkScheme(scheme: string): void {
  if (isScheme(scheme)) return;
  throw new NetworkError('protocol-unknown', `plugins: "${scheme}" is not a scheme in lower case`);
}

/** What was said of a plugin before it was loaded must turn out true: redirects have relied on it. */
function checkAssignment(
  factory: BackendFactory,
  scheme: string,
  secure: boolean | undefined,
): void {
  if (!factory.schemes.includes(scheme)) {
    const served = factory.schemes.join(', ');
    throw new NetworkError(
      'protocol-unknown',
      `plugin ${factory.name} serves ${served}, not ${scheme}`,
    );
  }
  if (secure === true && !isSecureIn(factory, scheme)) {
    throw new NetworkError(
      'protocol-unknown',
      `plugin ${factory.name} does not keep ${scheme} from travelling in clear, as was said of it`,
    );
  }
}

function isSecureIn(factory: BackendFactory, scheme: string): boolean {
  return factory.secureSchemes?.includes(scheme) === true;
}

function nameOf(factory: unknown): string {
  return typeof factory === 'object' && factory !== null && 'name' in factory
    ? String(factory.name)
    : 'without a name';
}
