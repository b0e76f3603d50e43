/** What a ClientHello (RFC 8446 §4.1.2) says about how records will be protected. */
export interface ClientHello {
  readonly random: Uint8Array;
  /** Records of early data may follow at once (RFC 8446 §4.2.10). */
  readonly earlyData: boolean;
}

/** What a ServerHello (RFC 8446 §4.1.3) chose. */
export interface ServerHello {
  readonly random: Uint8Array;
  /** 0x0303 is TLS 1.2, 0x0304 is TLS 1.3. */
  readonly version: number;
  readonly suite: number;
  /** RFC 7366. */
  readonly encryptThenMac: boolean;
  /** No choice yet, but the wish for another ClientHello (RFC 8446 §4.1.4). */
  readonly retry: boolean;
}

const extensionTypes = { encryptThenMac: 22, earlyData: 42, supportedVersions: 43 } as const;
const RANDOM_BYTES = 32;

/** SHA-256 of "HelloRetryRequest", which such a ServerHello has for its random. */
const retryRandom = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

/** `undefined` for what is cut off within its random. */
export function readClientHello(body: Uint8Array): ClientHello | undefined {
  const reader = new Reader(body);
  reader.skip(2);
  const random = reader.take(RANDOM_BYTES);
  reader.skip(reader.number(1));
  reader.skip(reader.number(2));
  reader.skip(reader.number(1));
  if (random === undefined) return undefined;
  const earlyData = findExtension(reader, extensionTypes.earlyData) !== undefined;
  return { random: Uint8Array.from(random), earlyData };
}

/** `undefined` for what is cut off before its suite. */
export function readServerHello(body: Uint8Array): ServerHello | undefined {
  const reader = new Reader(body);
  const legacyVersion = reader.number(2);
  const random = reader.take(RANDOM_BYTES);
  reader.skip(reader.number(1));
  const suite = reader.number(2);
  reader.skip(1);
  if (random === undefined || reader.broken) return undefined;
  const extensions = reader.rest();
  const chosen = findExtension(new Reader(extensions), extensionTypes.supportedVersions);
  const version = chosen?.length === 2 ? new Reader(chosen).number(2) : legacyVersion;
  return {
    random: Uint8Array.from(random),
    version,
    suite,
    encryptThenMac:
      findExtension(new Reader(extensions), extensionTypes.encryptThenMac) !== undefined,
    retry: Buffer.from(random).toString('hex') === retryRandom,
  };
}

function findExtension(list: Reader, type: number): Uint8Array | undefined {
  const reader = new Reader(list.take(list.number(2)) ?? new Uint8Array(0));
  while (!reader.atEnd && !reader.broken) {
    const found = reader.number(2);
    const content = reader.take(reader.number(2));
    if (found === type) return content;
  }
  return undefined;
}

/** Reads forward; behind the end it is broken and gives nothing. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  broken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(count: number): Uint8Array | undefined {
    if (this.#at + count > this.#bytes.length) this.broken = true;
    if (this.broken) return undefined;
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  skip(count: number): void {
    this.take(count);
  }

  number(bytes: number): number {
    return (this.take(bytes) ?? new Uint8Array(0)).reduce((value, byte) => value * 256 + byte, 0);
  }

  rest(): Uint8Array {
    return this.broken ? new Uint8Array(0) : this.#bytes.subarray(this.#at);
  }
}
