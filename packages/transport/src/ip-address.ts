/** An address as its bytes, in network order. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly bytes: Uint8Array;
}

/** Reads an IPv4 or IPv6 address without brackets; a zone is left out. `undefined`: it is a name. */
export function parseAddress(text: string): IpAddress | undefined {
  const v4 = parseV4(text);
  if (v4 !== undefined) return { family: 4, bytes: v4 };
  const v6 = parseV6(text.replace(/%.*$/u, ''));
  return v6 && { family: 6, bytes: v6 };
}

/** The first `length` bits of both are equal. Addresses of different families share none. */
export function sharePrefix(one: IpAddress, other: IpAddress, length: number): boolean {
  if (one.family !== other.family) return false;
  return one.bytes.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, length - index * 8));
    const mask = 0xff & (0xff << (8 - bits));
    return (byte & mask) === ((other.bytes[index] ?? 0) & mask);
  });
}

function parseV4(text: string): Uint8Array | undefined {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/u.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  return parts.every((part) => part < 256) ? Uint8Array.from(parts) : undefined;
}

function parseV6(text: string): Uint8Array | undefined {
  const sides = withoutDottedEnd(text)?.split('::') ?? [];
  const [left = '', right] = sides;
  if (sides.length === 0 || sides.length > 2 || !text.includes(':')) return undefined;
  const head = groups(left);
  const tail = right === undefined ? [] : groups(right);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  const all = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

/** RFC 4291 §2.2 no. 3: the last two groups may be written as an IPv4 address. */
function withoutDottedEnd(text: string): string | undefined {
  if (!text.includes('.')) return text;
  const colon = text.lastIndexOf(':');
  const v4 = parseV4(text.slice(colon + 1));
  if (v4 === undefined) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = v4;
  return `${text.slice(0, colon + 1)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function groups(text: string): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  if (!parts.every((part) => /^[\da-f]{1,4}$/iu.test(part))) return undefined;
  return parts.map((part) => Number.parseInt(part, 16));
}
