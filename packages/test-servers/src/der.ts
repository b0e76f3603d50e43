/** One DER element (ITU-T X.690 §8, §10): tag, length, contents. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([tag, ...lengthOctets(length)]), ...contents]);
}

function lengthOctets(length: number): readonly number[] {
  if (length < 0x80) return [length];
  if (length < 0x100) return [0x81, length];
  return [0x82, length >> 8, length & 0xff];
}

export const sequence = (...contents: readonly Uint8Array[]): Uint8Array => der(0x30, ...contents);
export const set = (...contents: readonly Uint8Array[]): Uint8Array => der(0x31, ...contents);
export const octets = (contents: Uint8Array): Uint8Array => der(0x04, contents);
export const utf8 = (text: string): Uint8Array => der(0x0c, Buffer.from(text));
export const truth = (): Uint8Array => der(0x01, Buffer.from([0xff]));

/** A bit string; `unused` bits of the last octet do not count. */
export const bits = (contents: Uint8Array, unused = 0): Uint8Array =>
  der(0x03, Buffer.from([unused]), contents);

/** A non-negative integer, given as big-endian octets. */
export function integer(bigEndian: Uint8Array): Uint8Array {
  const negative = (bigEndian[0] ?? 0) >= 0x80;
  return negative ? der(0x02, Buffer.from([0]), bigEndian) : der(0x02, bigEndian);
}

/** An object identifier from its dotted form. */
export function identifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): readonly number[] {
  const groups = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
  return groups;
}

/** UTCTime up to 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5). */
export function time(date: Date): Uint8Array {
  const digits = `${date.toISOString().replaceAll(/[-:T]|\.\d+Z$/g, '')}Z`;
  const short = date.getUTCFullYear() >= 1950 && date.getUTCFullYear() < 2050;
  return short ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}
