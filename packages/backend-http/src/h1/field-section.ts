import type { HeadLimits } from './limits.ts';
import { protocolFailure } from './protocol-failure.ts';

const CR = 13;
const LF = 10;
const nothing = new Uint8Array(0);

/**
 * Finds the empty line that ends a head or a trailer section, in bytes that may be split anywhere. A section that lies in one view is
 * not copied. Looks at each byte once, so that a peer that dribbles costs no more than one that does not.
 */
export class FieldSection {
  readonly #limits: HeadLimits;
  readonly #what: string;
  #kept: Uint8Array = nothing;
  #keptBytes = 0;
  #lineBytes = 0;
  #endedLines = 0;
  #endedBytes = 0;
  #afterCR = false;
  /** Where the section lies once `take` has found its end. */
  bytes: Uint8Array = nothing;
  start = 0;
  end = 0;

  /** `what` names the section in errors. */
  constructor(limits: HeadLimits, what: string) {
    this.#limits = limits;
    this.#what = what;
  }

  /** Takes bytes from `from` on. Returns the index after the section's last byte, or -1: all were kept and more are needed. */
  take(view: Uint8Array, from: number): number {
    let lineStart = from - this.#lineBytes;
    let afterCR = this.#afterCR;
    for (let index = from; index < view.length; index += 1) {
      const byte = view[index];
      if (byte === LF) {
        const lineBytes = index - lineStart;
        if (lineBytes === (afterCR ? 1 : 0)) return this.#complete(view, from, index + 1);
        this.#endLine(lineBytes + 1);
        lineStart = index + 1;
      }
      afterCR = byte === CR;
    }
    this.#afterCR = afterCR;
    this.#lineBytes = view.length - lineStart;
    this.#checkLength(this.#lineBytes);
    this.#keep(view.subarray(from));
    return -1;
  }

  #endLine(lineBytes: number): void {
    this.#checkLength(lineBytes);
    this.#endedBytes += lineBytes;
    this.#endedLines += 1;
    if (this.#endedLines > this.#limits.fields + 1) {
      throw protocolFailure(`${this.#what} has more than ${this.#limits.fields} fields`);
    }
  }

  /** Which limit is passed first does not depend on how the bytes were split. */
  #checkLength(lineBytes: number): void {
    const { lineBytes: line, sectionBytes } = this.#limits;
    if (lineBytes <= Math.min(line, sectionBytes - this.#endedBytes)) return;
    throw line <= sectionBytes - this.#endedBytes
      ? protocolFailure(`a line of ${this.#what} is longer than ${line} bytes`)
      : protocolFailure(`${this.#what} is longer than ${sectionBytes} bytes`);
  }

  #complete(view: Uint8Array, from: number, end: number): number {
    if (this.#keptBytes === 0) {
      this.bytes = view;
      this.start = from;
      this.end = end;
    } else {
      this.#keep(view.subarray(from, end));
      this.bytes = this.#kept;
      this.start = 0;
      this.end = this.#keptBytes;
    }
    return end;
  }

  #keep(piece: Uint8Array): void {
    const wanted = this.#keptBytes + piece.length;
    if (wanted > this.#kept.length) {
      const larger = new Uint8Array(Math.max(wanted, this.#kept.length * 2));
      larger.set(this.#kept.subarray(0, this.#keptBytes));
      this.#kept = larger;
    }
    this.#kept.set(piece, this.#keptBytes);
    this.#keptBytes = wanted;
  }
}
