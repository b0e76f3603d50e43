/** Undoes one content coding. */
export interface Decoder {
  /** How much of the input the last `decode` took. */
  readonly consumed: number;
  /** There is output left: decode again, without input. */
  readonly pending: boolean;
  /** What follows does not belong to the content. */
  readonly ended: boolean;
  /** The next output, lent until the next call; often empty. Throws, or rejects, when the input is corrupt. */
  decode(input: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** There is no more input: throws, or rejects, when the content is not complete. */
  finish(): void | Promise<void>;
  /** Gives up what it holds. `whole`: everything was decoded and read, so that it can be used again. */
  close(whole: boolean): void;
}

/** What is wrong with an encoded body; the coding is named by whoever catches it. */
export class CodingError extends Error {}

/** The body ended before its content did. */
export function truncated(): CodingError {
  return new CodingError('it ends too early');
}

/** An empty view. */
export const nothing: Uint8Array = new Uint8Array(0);

/** Tells a value that is there from one that will be. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return value instanceof Promise;
}
