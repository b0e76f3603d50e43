import { Buffer } from 'node:buffer';

import type { BodyReader } from './body-reader.ts';
import { ChunkedReader } from './chunked-reader.ts';

/** A small body that came with its head: copied out, so that its connection is free before anybody reads it. */
export interface WholeBody {
  readonly bytes: Uint8Array;
  /** Index after the body in the view it was in. */
  readonly end: number;
  /** Stands at the end. */
  readonly reader: BodyReader;
}

/** The body that begins at `from`, if all of it is there and at most `limitBytes`. `reader` has taken nothing yet. */
export function wholeBody(
  reader: BodyReader,
  view: Uint8Array,
  from: number,
  limitBytes: number,
): WholeBody | undefined {
  if (reader instanceof ChunkedReader) return wholeChunkedBody(view, from, limitBytes);
  const { content } = reader;
  if (content > limitBytes || content > view.length - from) return undefined;
  reader.take(content);
  const end = from + content;
  return { bytes: joined([view.subarray(from, end)], content), end, reader };
}

/** Reads ahead with a reader of its own: where that fails or falls short, the body is read as if nobody had looked. */
function wholeChunkedBody(
  view: Uint8Array,
  from: number,
  limitBytes: number,
): WholeBody | undefined {
  const reader = new ChunkedReader();
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    let index = reader.skip(view, from);
    while (!reader.ended) {
      const { content } = reader;
      bytes += content;
      if (content === 0 || content > view.length - index || bytes > limitBytes) return undefined;
      pieces.push(view.subarray(index, index + content));
      reader.take(content);
      index = reader.skip(view, index + content);
    }
    return { bytes: joined(pieces, bytes), end: index, reader };
  } catch {
    // The same failure comes again in its place, after the bytes before it.
    return undefined;
  }
}

/** Small allocations come from a block that Node keeps for them: a body of its own would cost more than all its parsing. */
function joined(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
