/** How this side of an HTTP/2 connection behaves. What is left out has its default. */
export interface Http2Options {
  /** Bytes that the peer may have in flight to this side and that wait here to be read, of all streams together. From 65,535 up. Default: 64 MiB. */
  readonly connectionBytes?: number | undefined;
  /** The same of one stream when it begins; readers that keep up get more, as far as `connectionBytes` allows. Default: 64 KiB. */
  readonly streamBytes?: number | undefined;
  /** The largest frame that the peer may send, 16,384 to 16,777,215 bytes. Default: 16,384. */
  readonly frameBytes?: number | undefined;
  /** Memory for what headers of replies have in common (RFC 7541 §4.2), and the most that is used for those of requests. Default: 4,096. */
  readonly headerTableBytes?: number | undefined;
  /** The largest head or trailer section: names, values and 32 bytes a field (RFC 9113 §6.5.2). Default: 256 KiB. */
  readonly headerListBytes?: number | undefined;
  /** Requests at once on one connection; the peer may allow fewer. Default: 10,000. */
  readonly concurrentStreams?: number | undefined;
  /** The server may send replies that nobody asked for. Default: false. */
  readonly pushAllowed?: boolean | undefined;
  /** Promised replies at once. Default: 100. */
  readonly pushedStreams?: number | undefined;
  /** Compress the text of headers (RFC 7541 §5.2). Default: true. */
  readonly huffman?: boolean | undefined;
  /** A peer that was silent for so long is asked whether it is there, while requests wait; 0: never. Default: 0. */
  readonly pingMilliseconds?: number | undefined;
  /** How long it may take to answer; then the connection is given up. Default: 15,000. */
  readonly pingTimeoutMilliseconds?: number | undefined;
}

/** The same with every default filled in. */
export type CompleteHttp2Options = {
  readonly [Key in keyof Http2Options]-?: NonNullable<Http2Options[Key]>;
};

/** What holds where nothing is said. */
export const defaultHttp2Options: CompleteHttp2Options = {
  connectionBytes: 64 * 1024 * 1024,
  streamBytes: 64 * 1024,
  frameBytes: 16_384,
  headerTableBytes: 4096,
  headerListBytes: 256 * 1024,
  concurrentStreams: 10_000,
  pushAllowed: false,
  pushedStreams: 100,
  huffman: true,
  pingMilliseconds: 0,
  pingTimeoutMilliseconds: 15_000,
};

type Range = readonly [least: number, most: number];
const LARGEST_WINDOW = 2 ** 31 - 1;
const ranges: Readonly<Partial<Record<keyof Http2Options, Range>>> = {
  connectionBytes: [65_535, LARGEST_WINDOW],
  streamBytes: [1, LARGEST_WINDOW],
  frameBytes: [16_384, 2 ** 24 - 1],
  headerTableBytes: [0, 2 ** 20],
  headerListBytes: [1024, 2 ** 24],
  concurrentStreams: [1, 2 ** 20],
  pushedStreams: [0, 2 ** 16],
  pingMilliseconds: [0, LARGEST_WINDOW],
  pingTimeoutMilliseconds: [1, LARGEST_WINDOW],
};

/** Fills in the defaults. Throws a RangeError at a value that no connection can have. */
export function completeHttp2Options(options: Http2Options = {}): CompleteHttp2Options {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const complete: CompleteHttp2Options = { ...defaultHttp2Options, ...Object.fromEntries(given) };
  for (const [key, [least, most]] of Object.entries(ranges)) {
    const value: unknown = Reflect.get(complete, key);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most)
      throw new RangeError(
        `HTTP/2 option ${key}: ${String(value)} is not a whole number from ${least} to ${most}`,
      );
  }
  return complete;
}
