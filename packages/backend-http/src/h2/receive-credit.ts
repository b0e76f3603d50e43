import { FIRST_WINDOW_BYTES } from './frame.ts';
import type { RoundTrip } from './round-trip.ts';
import type { Stream } from './stream.ts';

/** A request is given as much as this ahead, if there is plenty. */
export const OPENING_BYTES: number = 1024 * 1024;
/** What part of the credit that is free is given to a request ahead: many of them leave enough for those whose readers keep up. */
const OPENING_SHARE = 64;
/** What part of the credit that is free a reader that keeps up may get at a time. */
const GROWTH_SHARE = 2;
/** A window is used up within so many round trips: it is what limits the peer. */
const HASTY_ROUND_TRIPS = 2;

/** What the credit needs of its connection. */
export interface CreditTerms {
  readonly connectionBytes: number;
  readonly streamBytes: number;
  readonly roundTrip: RoundTrip;
  readonly now: () => number;
  /** Sends WINDOW_UPDATE; stream 0 is the connection. */
  readonly grant: (streamId: number, bytes: number) => void;
  /** A large body arrives: now the path's delay is worth knowing. */
  readonly measure: () => void;
}

/**
 * What the peer may send (RFC 9113 §5.2). Credit cannot be taken back, so what is granted and what waits to be read count alike: beyond
 * `streamBytes` for each stream nothing is granted unless both together, of all streams, stay within `connectionBytes`.
 */
export class ReceiveCredit {
  readonly #terms: CreditTerms;
  /** Bytes that the peer may still send on the connection. */
  #granted = FIRST_WINDOW_BYTES;
  /** Bytes that were consumed and not granted again. */
  #credit: number;
  /** What is granted to streams, and what they have not consumed. */
  #held = 0;

  constructor(terms: CreditTerms) {
    this.#terms = terms;
    this.#credit = terms.connectionBytes - FIRST_WINDOW_BYTES;
  }

  /** Grants the connection what its options say. Once, after the preface. */
  begin(): void {
    this.#grantConnection();
  }

  /** A stream begins. `ahead`: it is likely to need more than the least, and may be told so. */
  open(stream: Stream, ahead: boolean): void {
    const { streamBytes, connectionBytes, now } = this.#terms;
    stream.grantedBytes = streamBytes;
    stream.windowBytes = streamBytes;
    stream.grantedAt = now();
    this.#held += streamBytes;
    if (!ahead) return;
    const free = connectionBytes - this.#held;
    const more = Math.min(OPENING_BYTES, Math.floor(free / OPENING_SHARE)) - streamBytes;
    if (more > 0) this.#grantStream(stream, more);
  }

  /** Takes bytes from the connection's window; false if they are more than it allows. */
  arrived(bytes: number): boolean {
    this.#granted -= bytes;
    return this.#granted >= 0;
  }

  /** Takes bytes from a stream's window; false if they are more than it allows. */
  arrivedFor(stream: Stream, bytes: number): boolean {
    if (bytes > stream.grantedBytes) return false;
    stream.grantedBytes -= bytes;
    stream.unreadBytes += bytes;
    return true;
  }

  /** Bytes that arrived belong to nobody, or were read. */
  discard(bytes: number): void {
    this.#credit += bytes;
    // Half of what is not held up by readers.
    if (this.#credit >= this.#granted) this.#grantConnection();
  }

  /** The reader of a stream is done with bytes. */
  consume(stream: Stream, bytes: number): void {
    const count = Math.min(bytes, stream.unreadBytes);
    if (count === 0) return;
    stream.unreadBytes -= count;
    this.#held -= count;
    this.discard(count);
    if (stream.remoteEnded || stream.closed) return;
    stream.creditBytes += count;
    if (stream.creditBytes * 2 >= stream.windowBytes && !isEnough(stream)) this.#renew(stream);
  }

  /** The peer sends no more on this stream: what it could have sent is free for others. */
  end(stream: Stream): void {
    this.#held -= stream.grantedBytes;
    stream.grantedBytes = 0;
    stream.creditBytes = 0;
  }

  /** Nobody reads this stream any more. */
  abandon(stream: Stream): void {
    this.#held -= stream.grantedBytes + stream.unreadBytes;
    const unread = stream.unreadBytes;
    stream.grantedBytes = 0;
    stream.unreadBytes = 0;
    stream.creditBytes = 0;
    if (unread > 0) this.discard(unread);
  }

  #renew(stream: Stream): void {
    const { connectionBytes, streamBytes, measure } = this.#terms;
    measure();
    const held = stream.grantedBytes + stream.unreadBytes;
    const free = connectionBytes - this.#held;
    const wanted = Math.max(this.#wantedWindow(stream, free), streamBytes) - held;
    stream.creditBytes = 0;
    stream.windowBytes = held;
    const more = Math.min(wanted, Math.max(free, streamBytes - held));
    if (more > 0) this.#grantStream(stream, more);
  }

  /** Twice as much as before if the reader keeps up and the window is what limits the peer: up to the path's bandwidth times its delay. */
  #wantedWindow(stream: Stream, free: number): number {
    const { roundTrip, now } = this.#terms;
    const time = now();
    const hasty = time - stream.grantedAt < roundTrip.milliseconds * HASTY_ROUND_TRIPS;
    stream.grantedAt = time;
    if (!hasty) return stream.windowBytes;
    return (
      stream.windowBytes +
      Math.min(stream.windowBytes, Math.max(0, Math.floor(free / GROWTH_SHARE)))
    );
  }

  #grantStream(stream: Stream, bytes: number): void {
    stream.grantedBytes += bytes;
    stream.windowBytes += bytes;
    this.#held += bytes;
    this.#terms.grant(stream.id, bytes);
  }

  #grantConnection(): void {
    if (this.#credit === 0) return;
    this.#granted += this.#credit;
    this.#terms.grant(0, this.#credit);
    this.#credit = 0;
  }
}

/** The rest of the body has been granted already. */
function isEnough({ announcedBytes, grantedBytes }: Stream): boolean {
  return announcedBytes >= 0 && announcedBytes <= grantedBytes;
}
