import type { Writable } from 'node:stream';

import type { Output } from './output-file.ts';

/** Whoever read the output has gone: nothing to say to anybody, and nothing more to do. */
export class ReaderGone extends Error {
  static {
    this.prototype.name = 'ReaderGone';
  }
}

/** The stream that is shared by every URL of the command line. */
export function standardOutput(stream: Writable): Output {
  return {
    write: (view) =>
      new Promise((resolve, reject) => {
        stream.write(view, (error) => {
          if (error == null) resolve();
          else reject(isBrokenPipe(error) ? new ReaderGone(error.message) : error);
        });
      }),
    finish: async () => {},
    discard: async () => {},
  };
}

/** True for what a write says when the other end of a pipe was closed. */
export function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}
