/** One value of DER (X.690): its tag, what is in it, and all of its bytes. */
export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly raw: Uint8Array;
}

/** Bytes that are no DER, or not what was expected there. */
export class DerError extends Error {}

/** Values within one other; what OCSP and certificates have is far below it. */
const MOST_VALUES = 4096;
/** Lengths in more bytes than these are of no value that fits into memory. */
const MOST_LENGTH_BYTES = 4;

/** The tags that occur here (X.680 §8). */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  identifier: 0x06,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  /** Constructed and context-specific, as explicit tags are. */
  context: (number: number): number => 0xa0 + number,
  /** Primitive and context-specific, as implicit tags of simple types are. */
  implicit: (number: number): number => 0x80 + number,
} as const;

/** The value at the start of `bytes`; with `tag`, only if it has that one. Throws a `DerError`. */
export function readDer(bytes: Uint8Array, tag?: number): DerValue {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) throw new DerError('a value is cut off');
  if ((first & 0x1f) === 0x1f) throw new DerError('a tag has more than one byte');
  const lengthBytes = second < 0x80 ? 0 : second & 0x7f;
  if (second === 0x80 || lengthBytes > MOST_LENGTH_BYTES) throw new DerError('a length is no DER');
  let length = lengthBytes === 0 ? second : 0;
  for (const byte of bytes.subarray(2, 2 + lengthBytes)) length = length * 256 + byte;
  const start = 2 + lengthBytes;
  if (start + length > bytes.length) throw new DerError('a value is cut off');
  if (tag !== undefined && tag !== first) throw new DerError(`tag ${first} where ${tag} belongs`);
  return {
    tag: first,
    content: bytes.subarray(start, start + length),
    raw: bytes.subarray(0, start + length),
  };
}

/** All values in one, one after the other. Throws a `DerError`. */
export function readAllDer(content: Uint8Array): readonly DerValue[] {
  const values: DerValue[] = [];
  let rest = content;
  while (rest.length > 0) {
    if (values.length === MOST_VALUES) throw new DerError(`more than ${MOST_VALUES} values in one`);
    const value = readDer(rest);
    values.push(value);
    rest = rest.subarray(value.raw.length);
  }
  return values;
}

/** What is in a SEQUENCE. */
export function readSequence(bytes: Uint8Array): readonly DerValue[] {
  return readAllDer(readDer(bytes, tags.sequence).content);
}

/** The value, which has to be there and to have the tag. */
export function expectDer(value: DerValue | undefined, tag: number): DerValue {
  if (value === undefined) throw new DerError(`nothing where tag ${tag} belongs`);
  if (value.tag !== tag) throw new DerError(`tag ${value.tag} where ${tag} belongs`);
  return value;
}

/** The bytes of a BIT STRING whose bits fill them. */
export function bitsOf({ content }: DerValue): Uint8Array {
  if (content[0] !== 0) throw new DerError('a bit string does not end with a byte');
  return content.subarray(1);
}

/** A UTCTime or GeneralizedTime of RFC 5280 (§4.1.2.5), in milliseconds of Unix time. */
export function timeOf({ tag, content }: DerValue): number {
  const digits = Buffer.from(content).toString('latin1');
  const text =
    tag === tags.utcTime ? `${Number(digits.slice(0, 2)) < 50 ? 20 : 19}${digits}` : digits;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/u.exec(text);
  if (parts === null) throw new DerError('a time is not in UTC with seconds');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
