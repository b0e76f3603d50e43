import type { BackendFactory, PluginEntry } from './contract.ts';
import { NetworkError } from './error.ts';
import { checkFactory } from './validate.ts';

/** Loads a plugin: a module whose default export makes a factory, or the factory itself. Called once for a manager. */
export type PluginLoader = () => Promise<BackendFactory | { readonly default: PluginEntry }>;

/** A plugin that is loaded when its scheme is first asked for, and what is known of it before. */
export interface LazyPlugin {
  readonly load: PluginLoader;
  /** Named in the error when it cannot be loaded. */
  readonly package?: string | undefined;
  /** Whether the scheme never travels in clear; absent: loaded to find out. */
  readonly secure?: boolean | undefined;
}

/** A plugin's factory, loaded at most once however many requests ask at the same time. */
export class Plugin {
  readonly package: string | undefined;
  readonly #load: PluginLoader;
  #loading: Promise<BackendFactory> | undefined;
  #factory: BackendFactory | undefined;

  constructor(source: LazyPlugin) {
    this.#load = source.load;
    this.package = source.package;
  }

  /** Present once loaded. */
  get factory(): BackendFactory | undefined {
    return this.#factory;
  }

  /** A failure is not remembered: the next request tries again. */
  load(scheme: string): Promise<BackendFactory> {
    this.#loading ??= this.#start(scheme).catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #start(scheme: string): Promise<BackendFactory> {
    const origin = this.package ?? `for the scheme ${scheme}`;
    let loaded: unknown;
    try {
      loaded = await this.#load();
      if (isModule(loaded)) loaded = loaded.default();
    } catch (cause) {
      throw new NetworkError('protocol-unknown', this.#explain(scheme, cause), { cause });
    }
    const factory = checkFactory(loaded, origin);
    this.#factory = factory;
    return factory;
  }

  #explain(scheme: string, cause: unknown): string {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (this.package !== undefined && isMissing(cause, this.package)) {
      return `the scheme ${scheme} needs the package ${this.package}, which is not installed`;
    }
    const name = this.package === undefined ? '' : ` ${this.package}`;
    return `the plugin${name} for the scheme ${scheme} could not be loaded: ${reason}`;
  }
}

function isModule(value: unknown): value is { readonly default: PluginEntry } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'default' in value &&
    typeof value.default === 'function'
  );
}

/** Node and bundlers agree on nothing but that the name of what is missing stands in the message. */
function isMissing(error: unknown, name: string): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    error.message.includes(`'${name}'`)
  );
}
