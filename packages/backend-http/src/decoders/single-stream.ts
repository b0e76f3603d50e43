import { nothing, truncated, type Decoder } from './decoder.ts';
import type { EnginePool } from './engine-pool.ts';
import type { Engine, EngineKind } from './engine.ts';

/** Decodes a body that is one stream of an engine, chosen by its first byte. */
class SingleStreamDecoder implements Decoder {
  readonly #engines: EnginePool;
  readonly #choose: (firstByte: number) => EngineKind;
  #engine: Engine | undefined;

  constructor(engines: EnginePool, choose: (firstByte: number) => EngineKind) {
    this.#engines = engines;
    this.#choose = choose;
  }

  get consumed(): number {
    return this.#engine?.consumed ?? 0;
  }

  get pending(): boolean {
    return this.#engine?.pending ?? false;
  }

  get ended(): boolean {
    return this.#engine?.ended ?? false;
  }

  decode(input: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const [firstByte] = input;
    if (firstByte === undefined && !this.#engine) return nothing;
    this.#engine ??= this.#engines.take(this.#choose(firstByte ?? 0));
    return this.#engine.run(input);
  }

  finish(): void | Promise<void> {
    if (!this.#engine) throw truncated();
    return this.ended ? undefined : this.#engine.finish();
  }

  close(whole: boolean): void {
    const engine = this.#engine;
    this.#engine = undefined;
    if (!engine) return;
    if (whole) this.#engines.giveBack(engine);
    else engine.close();
  }
}

/** `br` (RFC 7932). */
export function brotliDecoder(engines: EnginePool): Decoder {
  return new SingleStreamDecoder(engines, () => 'brotli');
}

/**
 * `deflate`: a zlib stream (RFC 1950), or a raw DEFLATE one, which some servers send although RFC 9110 §8.4.1.2 says otherwise. A zlib
 * stream begins with method 8 and a window of at most 32 KiB; a raw one that began so would have a padding bit set, and none has.
 */
export function deflateDecoder(engines: EnginePool): Decoder {
  return new SingleStreamDecoder(engines, (firstByte) =>
    (firstByte & 0x0f) === 8 && firstByte >> 4 <= 7 ? 'inflate' : 'raw-inflate',
  );
}
