/** Lines that are kept; a connection has six, and one more for every renegotiation. */
const MOST_SECRETS = 32;
/** Of a label in the key log: "CLIENT_HANDSHAKE_TRAFFIC_SECRET" has 31. */
const MOST_LABEL_BYTES = 64;
/** The longest hash (RFC 8446 has 48 at most). */
const MOST_SECRET_BYTES = 64;
const RANDOM_BYTES = 32;
const space = 0x20;

/** Labels of NSS's key log that the keys of records are made from. */
export type SecretLabel =
  | 'CLIENT_RANDOM'
  | 'CLIENT_EARLY_TRAFFIC_SECRET'
  | 'CLIENT_HANDSHAKE_TRAFFIC_SECRET'
  | 'SERVER_HANDSHAKE_TRAFFIC_SECRET'
  | 'CLIENT_TRAFFIC_SECRET_0'
  | 'SERVER_TRAFFIC_SECRET_0';

interface Entry {
  readonly label: string;
  readonly random: Uint8Array;
  readonly secret: Uint8Array;
}

/** What the key log of a connection said. No secret becomes a text, which could not be wiped. */
export class KeyLogSecrets {
  readonly #entries: Entry[] = [];

  /** One line as TLS libraries write it (RFC 9850 §2): label, the ClientHello's random, secret. Other lines are ignored. */
  add(line: Uint8Array): void {
    const first = line.indexOf(space);
    const second = line.indexOf(space, first + 1);
    if (first < 1 || first > MOST_LABEL_BYTES || second < 0) return;
    const random = hexOf(line.subarray(first + 1, second), RANDOM_BYTES);
    const secret = hexOf(line.subarray(second + 1), MOST_SECRET_BYTES);
    if (random?.length !== RANDOM_BYTES || secret === undefined) return;
    this.#entries.push({ label: textOf(line.subarray(0, first)), random, secret });
    if (this.#entries.length > MOST_SECRETS) this.#entries.shift()?.secret.fill(0);
  }

  /** The newest of that label and of the ClientHello with that random. */
  find(label: SecretLabel, random: Uint8Array): Uint8Array | undefined {
    return this.#entries.findLast((entry) => entry.label === label && equal(entry.random, random))
      ?.secret;
  }

  /** Overwrites and forgets all. */
  wipe(): void {
    for (const { secret } of this.#entries) secret.fill(0);
    this.#entries.length = 0;
  }
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** The bytes that hexadecimal digits stand for, up to the end of the line. */
function hexOf(digits: Uint8Array, most: number): Uint8Array | undefined {
  let count = digits.length;
  while (count > 0 && (digits[count - 1] ?? 0) <= space) count -= 1;
  if (count === 0 || count % 2 === 1 || count > most * 2) return undefined;
  const bytes = new Uint8Array(count / 2);
  for (let at = 0; at < bytes.length; at += 1) {
    const high = digit(digits[2 * at] ?? 0);
    const low = digit(digits[2 * at + 1] ?? 0);
    if (high < 0 || low < 0) return undefined;
    bytes[at] = high * 16 + low;
  }
  return bytes;
}

function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
