const percent = 0x25;
const notHex = 16;
const hexValues = hexTable();

/** The bytes of a text that a URL parser wrote, with `%XX` undone. What looks like it and is not stays as it is. */
export function percentDecode(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const first = bytes.indexOf(percent);
  return first === -1 ? bytes : decodeFrom(bytes, first);
}

function decodeFrom(bytes: Uint8Array, first: number): Uint8Array {
  let to = first;
  for (let from = first; from < bytes.length; from++) {
    const byte = bytes[from] ?? 0;
    if (byte === percent) {
      const high = hexValues[bytes[from + 1] ?? 0] ?? notHex;
      const low = hexValues[bytes[from + 2] ?? 0] ?? notHex;
      if (high < notHex && low < notHex) {
        bytes[to++] = high * 16 + low;
        from += 2;
        continue;
      }
    }
    bytes[to++] = byte;
  }
  return bytes.subarray(0, to);
}

function hexTable(): Uint8Array {
  const table = new Uint8Array(256).fill(notHex);
  for (let value = 0; value < 16; value++) {
    const digit = value.toString(16);
    table[digit.charCodeAt(0)] = value;
    table[digit.toUpperCase().charCodeAt(0)] = value;
  }
  return table;
}
