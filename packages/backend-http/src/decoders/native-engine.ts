import type { Transform } from 'node:stream';

import { nothing } from './decoder.ts';
import { EngineError, platformStream, zlib, type Engine, type EngineKind } from './engine.ts';

/** Bytes of output lent at once. Larger ones leave the processor's cache and gain nothing. */
const OUTPUT_BYTES = 65_536;
/** The platform's own default would allocate 16 KiB that are never used. */
const UNUSED_BYTES = 64;
const PROCESS = 0;

/**
 * The one Node-private thing of this package: the handle beneath a zlib stream, which decodes at once, from the memory where the bytes
 * are into memory that is reused, and can be reset. The public stream takes twice the time for bulk and five times for small bodies,
 * because it makes a stream and its memory for each. All Node versions since 10 have the handle; `nativeEngines` tries it first.
 */
interface Handle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputLength: number,
    output: Uint8Array,
    outputOffset: number,
    outputLength: number,
  ): void;
  reset(): void;
}

/** Space left in the output, and input left, after each write. */
type WriteState = Uint32Array;

class NativeEngine implements Engine {
  readonly kind: EngineKind;
  consumed = 0;
  pending = false;
  ended = false;
  readonly #stream: Transform;
  readonly #handle: Handle;
  readonly #state: WriteState;
  readonly #output: Uint8Array = new Uint8Array(OUTPUT_BYTES);
  #failure: string | undefined;

  constructor(kind: EngineKind, stream: Transform, handle: Handle, state: WriteState) {
    this.kind = kind;
    this.#stream = stream;
    this.#handle = handle;
    this.#state = state;
    Object.assign(handle, {
      onerror: (message: string) => {
        this.#failure = message;
      },
    });
  }

  run(input: Uint8Array): Uint8Array {
    this.#write(PROCESS, input);
    const [space = 0, left = 0] = this.#state;
    const produced = OUTPUT_BYTES - space;
    this.consumed = input.byteLength - left;
    this.pending = space === 0;
    // With input to read and space to write, only a stream that is over does neither.
    this.ended = left > 0 && space > 0;
    return produced === 0 ? nothing : this.#output.subarray(0, produced);
  }

  finish(): void {
    const { BROTLI_OPERATION_FINISH, Z_FINISH, ZSTD_e_end } = zlib().constants;
    const finishing = { brotli: BROTLI_OPERATION_FINISH, zstd: ZSTD_e_end };
    this.#write(
      this.kind === 'brotli' || this.kind === 'zstd' ? finishing[this.kind] : Z_FINISH,
      nothing,
    );
  }

  reset(): boolean {
    if (this.#failure !== undefined) return false;
    this.#handle.reset();
    this.consumed = 0;
    this.pending = false;
    this.ended = false;
    return this.#failure === undefined;
  }

  close(): void {
    this.#stream.destroy();
  }

  #write(flush: number, input: Uint8Array): void {
    const output = this.#output;
    this.#handle.writeSync(flush, input, 0, input.byteLength, output, 0, OUTPUT_BYTES);
    if (this.#failure !== undefined) throw new EngineError(this.#failure);
  }
}

/** A native engine, or `undefined` where this Node has no such handle. */
function nativeEngine(kind: EngineKind): NativeEngine | undefined {
  const stream = platformStream(kind, { chunkSize: UNUSED_BYTES });
  const handle: unknown = Reflect.get(stream, '_handle');
  const state: unknown = Reflect.get(stream, '_writeState');
  return isHandle(handle) && state instanceof Uint32Array
    ? new NativeEngine(kind, stream, handle, state)
    : undefined;
}

function isHandle(handle: unknown): handle is Handle {
  return (
    typeof handle === 'object' &&
    handle !== null &&
    'writeSync' in handle &&
    typeof handle.writeSync === 'function' &&
    'reset' in handle &&
    typeof handle.reset === 'function'
  );
}

let proved: boolean | undefined;

/** Makes native engines; `undefined` where a try, once in a process, shows that they do not work as expected here. */
export function nativeEngines(): ((kind: EngineKind) => Engine) | undefined {
  proved ??= works();
  if (!proved) return undefined;
  return (kind) => {
    const engine = nativeEngine(kind);
    if (!engine) throw new EngineError(`this Node has no handle for ${kind}`);
    return engine;
  };
}

function works(): boolean {
  const plain = new TextEncoder().encode('what is decoded here is what was encoded');
  const encoded = zlib().deflateRawSync(plain);
  const engine = nativeEngine('raw-inflate');
  if (!engine) return false;
  try {
    const rounds = [1, 2].map(() => {
      const first = Buffer.from(engine.run(encoded.subarray(0, 9)));
      const second = Buffer.from(
        engine.run(Buffer.concat([encoded.subarray(9), Buffer.from('!')])),
      );
      const right = engine.ended && engine.consumed === encoded.byteLength - 9;
      return engine.reset() && right && Buffer.concat([first, second]).equals(plain);
    });
    return rounds.every(Boolean);
  } catch {
    return false;
  } finally {
    engine.close();
  }
}
