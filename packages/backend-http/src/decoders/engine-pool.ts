import type { Engine, EngineKind } from './engine.ts';
import { nativeEngines } from './native-engine.ts';
import { StreamEngine } from './stream-engine.ts';

/** Engines of one kind that are kept for the next reply; each holds about 110 kB. */
const MAXIMUM_IDLE_ENGINES = 4;

/** Lends engines, and keeps a few: making one costs more than decoding a small body. */
export class EnginePool {
  readonly #idle = new Map<EngineKind, Engine[]>();
  #make: ((kind: EngineKind) => Engine) | undefined;

  /** `make` replaces the platform's best engines. */
  constructor(make?: (kind: EngineKind) => Engine) {
    this.#make = make;
  }

  take(kind: EngineKind): Engine {
    const idle = this.#idle.get(kind)?.pop();
    if (idle) return idle;
    this.#make ??= nativeEngines() ?? ((wanted) => new StreamEngine(wanted));
    return this.#make(kind);
  }

  /** Only once nobody looks at its output any more, and no run is under way. */
  giveBack(engine: Engine): void {
    const idle = this.#idle.get(engine.kind) ?? [];
    this.#idle.set(engine.kind, idle);
    if (idle.length < MAXIMUM_IDLE_ENGINES && engine.reset()) idle.push(engine);
    else engine.close();
  }
}
