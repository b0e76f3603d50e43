import { CodingError, isPromise, nothing, truncated, type Decoder } from './decoder.ts';
import type { EnginePool } from './engine-pool.ts';
import type { Engine } from './engine.ts';
import { ZstdFrame } from './zstd-frame.ts';

const MAGIC = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd);
/** `5?` and these, and four bytes that say how many to skip (RFC 8878 §3.1.2). */
const SKIPPABLE_MAGIC_END = Uint8Array.of(0x2a, 0x4d, 0x18);
const SKIPPABLE_HEADER_LENGTH = 8;

/** `zstd` (RFC 8878, RFC 9659): any number of frames, one behind the other. */
class ZstdDecoder implements Decoder {
  consumed = 0;
  ended = false;
  readonly #engines: EnginePool;
  #engine: Engine | undefined;
  #frame: ZstdFrame | undefined;
  /** Bytes behind `consumed` that are known to belong to the frame. */
  #measured = 0;
  /** What is between frames: the engine is not given it before it is known to be the beginning of one. */
  #beginning: number[] = [];
  /** Bytes of a skippable frame that are still to come. */
  #skipping = 0;
  #frames = 0;

  constructor(engines: EnginePool) {
    this.#engines = engines;
  }

  get pending(): boolean {
    return this.#engine?.pending ?? false;
  }

  decode(input: Uint8Array): Uint8Array | Promise<Uint8Array> {
    this.consumed = 0;
    return this.#go(input);
  }

  finish(): void {
    if (this.#frameIsOver()) this.#endFrame();
    const between = this.#frame === undefined && this.#skipping === 0 && this.#frames > 0;
    if (!this.ended && !between) throw truncated();
  }

  close(whole: boolean): void {
    const engine = this.#engine;
    this.#engine = undefined;
    if (!engine) return;
    if (whole) this.#engines.giveBack(engine);
    else engine.close();
  }

  /** Reads on behind `consumed`, until there is output or no more input. */
  #go(input: Uint8Array): Uint8Array | Promise<Uint8Array> {
    while (!this.ended) {
      if (this.#frameIsOver()) this.#endFrame();
      const rest = input.subarray(this.consumed);
      if (rest.byteLength === 0 && !this.pending) return nothing;
      const output = this.#step(rest);
      if (isPromise(output)) {
        return output.then((lent) => (lent.byteLength > 0 ? lent : this.#go(input)));
      }
      if (output.byteLength > 0) return output;
    }
    return nothing;
  }

  #step(input: Uint8Array): Uint8Array | Promise<Uint8Array> {
    if (this.#skipping > 0) {
      const skipped = Math.min(this.#skipping, input.byteLength);
      this.#skipping -= skipped;
      this.consumed += skipped;
      return nothing;
    }
    if (!this.#frame) return this.#begin(input[0] ?? 0);
    if (this.#measured === 0) this.#measured = this.#frame.read(input);
    return this.#run(input.subarray(0, this.#measured), (consumed) => {
      this.consumed += consumed;
      this.#measured -= consumed;
      if (this.#engine?.ended) throw new CodingError('its blocks end before its frame');
    });
  }

  #run(input: Uint8Array, consumed: (count: number) => void): Uint8Array | Promise<Uint8Array> {
    this.#engine ??= this.#engines.take('zstd');
    const engine = this.#engine;
    const seen = (output: Uint8Array): Uint8Array => {
      consumed(engine.consumed);
      return output;
    };
    const output = engine.run(input);
    return isPromise(output) ? output.then(seen) : seen(output);
  }

  /** One more byte between frames. */
  #begin(byte: number): Uint8Array | Promise<Uint8Array> {
    this.consumed += 1;
    this.#beginning.push(byte);
    const kind = beginningOf(this.#beginning);
    if (kind === 'foreign') {
      if (this.#frames === 0) throw new CodingError('it does not begin like zstd');
      this.ended = true;
    }
    if (kind === 'skippable') {
      this.#skipping = new DataView(Uint8Array.from(this.#beginning).buffer).getUint32(4, true);
      this.#beginning = [];
      this.#frames += 1;
    }
    if (kind !== 'frame') return nothing;
    this.#beginning = [];
    this.#frame = new ZstdFrame();
    return this.#run(MAGIC, () => undefined);
  }

  #frameIsOver(): boolean {
    return this.#frame?.done === true && this.#measured === 0 && !this.pending;
  }

  /** Only when nobody looks at the last output any more. */
  #endFrame(): void {
    this.#frame = undefined;
    this.#frames += 1;
    this.close(true);
  }
}

function beginningOf(bytes: readonly number[]): 'unknown' | 'frame' | 'skippable' | 'foreign' {
  if (bytes.every((byte, at) => byte === MAGIC[at])) {
    return bytes.length === MAGIC.length ? 'frame' : 'unknown';
  }
  const skippable =
    (bytes[0] ?? 0) >> 4 === 5 &&
    SKIPPABLE_MAGIC_END.every((byte, at) => (bytes[at + 1] ?? byte) === byte);
  if (!skippable) return 'foreign';
  return bytes.length === SKIPPABLE_HEADER_LENGTH ? 'skippable' : 'unknown';
}

/** Undoes `zstd`. */
export function zstdDecoder(engines: EnginePool): Decoder {
  return new ZstdDecoder(engines);
}
