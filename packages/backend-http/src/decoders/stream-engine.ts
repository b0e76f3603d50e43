import type { Gunzip } from 'node:zlib';

import { nothing } from './decoder.ts';
import { EngineError, platformStream, type Engine, type EngineKind } from './engine.ts';

/** Output that the platform makes at once, anew each time. */
const OUTPUT_BYTES = 65_536;

/** An engine by the platform's public streams: the way for a Node without the handle of `native-engine.ts`. Serves once. */
export class StreamEngine implements Engine {
  readonly kind: EngineKind;
  consumed = 0;
  pending = false;
  ended = false;
  readonly #stream: Gunzip;
  #failure: EngineError | undefined;
  /** The input is the platform's. */
  #writing = false;
  #taken = 0;
  #over = false;
  #wake: (() => void) | undefined;

  constructor(kind: EngineKind) {
    this.kind = kind;
    this.#stream = platformStream(kind, { chunkSize: OUTPUT_BYTES });
    this.#stream.on('error', (error) => {
      this.#failure = new EngineError(error.message, { cause: error });
    });
    for (const event of ['error', 'readable', 'end', 'close']) {
      this.#stream.on(event, () => this.#wake?.());
    }
  }

  async run(input: Uint8Array): Promise<Uint8Array> {
    if (input.byteLength > 0 && !this.#writing) this.#write(input);
    for (;;) {
      const output = this.#read();
      if (output !== undefined || !this.#writing) return this.#told(output);
      await this.#changed();
    }
  }

  async finish(): Promise<void> {
    this.#stream.end();
    while (!this.#stream.readableEnded) {
      if (this.#read() === undefined) await this.#changed();
    }
  }

  reset(): boolean {
    return false;
  }

  close(): void {
    this.#failure ??= new EngineError('closed');
    this.#stream.destroy();
  }

  #write(input: Uint8Array): void {
    const before = this.#stream.bytesWritten;
    this.#writing = true;
    this.#stream.write(input, () => {
      this.#taken = this.#stream.bytesWritten - before;
      this.#over = this.#taken < input.byteLength;
      this.#writing = false;
      this.#wake?.();
    });
  }

  /** The input is given back, and the end is told, once and with the last output. */
  #told(output: Uint8Array | undefined): Uint8Array {
    this.consumed = this.#writing ? 0 : this.#taken;
    if (!this.#writing) this.#taken = 0;
    this.pending = output !== undefined;
    this.ended = this.#over && !this.pending;
    return output ?? nothing;
  }

  #read(): Uint8Array | undefined {
    if (this.#failure) throw this.#failure;
    const output: unknown = this.#stream.read();
    return output instanceof Uint8Array ? output : undefined;
  }

  async #changed(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}
