import { protocolFailure } from './protocol-failure.ts';

/** Empty members of a list are ignored (RFC 9110 §5.6.1.2). */
const chunkedAlone = /^[\t ,]*chunked[\t ,]*$/i;

/** Gathers, field by field, what a reply says about where its body ends and whether the connection lives on. */
export class Framing {
  /** Declared bytes of the body. */
  contentLength: number | undefined;
  chunked = false;
  /** The peer said that it will close. */
  close = false;
  /** The peer said that it will not, which only HTTP/1.0 needs to say. */
  keepAlive = false;
  /** How long the peer keeps an idle connection, where it says so. */
  idleSeconds: number | undefined;

  /** Looks at one field. Their names are told apart by length first: most are none of these. */
  note(name: string, value: string, folded: boolean): void {
    if (name.length === 10) this.#noteConnection(name.toLowerCase(), value);
    else if (name.length === 14 && name.toLowerCase() === 'content-length')
      this.#noteLength(value, folded);
    else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding')
      this.#noteCoding(value, folded);
  }

  /** Whoever sends both may be smuggling one reply inside another (RFC 9112 §6.3). */
  check(minorVersion: number): void {
    if (!this.chunked) return;
    if (this.contentLength !== undefined)
      throw protocolFailure('Transfer-Encoding beside Content-Length');
    if (minorVersion === 0) throw protocolFailure('Transfer-Encoding in HTTP/1.0');
  }

  #noteConnection(name: string, value: string): void {
    if (name === 'connection') {
      for (const token of value.toLowerCase().split(',')) {
        const option = token.trim();
        if (option === 'close') this.close = true;
        else if (option === 'keep-alive') this.keepAlive = true;
      }
    } else if (name === 'keep-alive') {
      const seconds = /(?:^|[\s,])timeout\s*=\s*"?(\d{1,9})/i.exec(value)?.[1];
      if (seconds !== undefined) this.idleSeconds = Number(seconds);
    }
  }

  /** Identical repetitions are one (RFC 9110 §8.6); everything else that is not one number is an attack or a defect. */
  #noteLength(value: string, folded: boolean): void {
    if (folded) throw protocolFailure('a folded Content-Length');
    for (const part of value.split(',')) {
      const digits = part.trim();
      const length = Number(digits);
      if (!/^\d+$/.test(digits)) throw protocolFailure('a Content-Length that is not a number');
      if (!Number.isSafeInteger(length))
        throw protocolFailure('a Content-Length beyond every limit');
      if (this.contentLength !== undefined && this.contentLength !== length) {
        throw protocolFailure('several Content-Lengths that differ');
      }
      this.contentLength = length;
    }
  }

  /** No coding was asked for, so "chunked" alone, once, is all that may come (RFC 9112 §6.1, §7.4). */
  #noteCoding(value: string, folded: boolean): void {
    if (folded) throw protocolFailure('a folded Transfer-Encoding');
    if (!chunkedAlone.test(value)) throw protocolFailure('a transfer coding that nobody asked for');
    if (this.chunked) throw protocolFailure('two Transfer-Encodings');
    this.chunked = true;
  }
}
