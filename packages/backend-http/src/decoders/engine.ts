import type * as Zlib from 'node:zlib';

/** The compressed streams that the platform can undo; `raw-inflate` is DEFLATE without any frame (RFC 1951). */
export type EngineKind = 'inflate' | 'raw-inflate' | 'brotli' | 'zstd';

/** Undoes one compressed stream, in memory that it reuses. */
export interface Engine {
  readonly kind: EngineKind;
  /** How much of the input the last run took. */
  readonly consumed: number;
  /** There is output left: run again, without input, before the rest of the input is given. */
  readonly pending: boolean;
  /** The stream is over: the input that was not consumed does not belong to it. */
  readonly ended: boolean;
  /** The next output, lent until the next run; often empty. Throws, or rejects, when the input is corrupt. */
  run(input: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** There is no more input: throws, or rejects, unless the stream is over. */
  finish(): void | Promise<void>;
  /** Makes it ready for another stream; false when it can serve only once. */
  reset(): boolean;
  close(): void;
}

/** What an engine throws: the platform's words for it. */
export class EngineError extends Error {}

let loaded: typeof Zlib | undefined;

/** `node:zlib`, loaded when first needed: most replies need none of it. */
export function zlib(): typeof Zlib {
  loaded ??= process.getBuiltinModule('node:zlib');
  return loaded;
}

/** A decoder of the platform with its defaults. */
export function platformStream(kind: EngineKind, options: { chunkSize: number }): Zlib.Gunzip {
  const platform = zlib();
  const makers = {
    inflate: platform.createInflate,
    'raw-inflate': platform.createInflateRaw,
    brotli: platform.createBrotliDecompress,
    zstd: platform.createZstdDecompress,
  };
  return makers[kind](options);
}
