const whitespace = 64;
const padding = 65;
const invalid = 255;
const meanings = meaningTable();

/**
 * Decodes base64 as the Infra standard forgives it: white space anywhere, padding only where it belongs or left out. Writes over
 * `text`, which the bytes are a view of; `undefined` when it is not base64.
 */
export function forgivingBase64(text: Uint8Array): Uint8Array | undefined {
  const whole = decodeWholeGroups(text);
  return decodeRest(text, whole);
}

/** Groups of four letters without anything between them: most of every text. Gives how many letters those were. */
function decodeWholeGroups(text: Uint8Array): number {
  const last = text.length - 4;
  let from = 0;
  let to = 0;
  for (; from <= last; from += 4) {
    const a = meanings[text[from] ?? 0] ?? invalid;
    const b = meanings[text[from + 1] ?? 0] ?? invalid;
    const c = meanings[text[from + 2] ?? 0] ?? invalid;
    const d = meanings[text[from + 3] ?? 0] ?? invalid;
    if ((a | b | c | d) >= whitespace) break;
    text[to++] = (a << 2) | (b >> 4);
    text[to++] = (b << 4) | (c >> 2);
    text[to++] = (c << 6) | d;
  }
  return from;
}

function decodeRest(text: Uint8Array, start: number): Uint8Array | undefined {
  let to = (start / 4) * 3;
  let letters = start;
  let paddings = 0;
  let bits = 0;
  for (let from = start; from < text.length; from++) {
    const meaning = meanings[text[from] ?? 0] ?? invalid;
    if (meaning === whitespace) continue;
    if (meaning === padding) {
      paddings++;
      continue;
    }
    if (meaning === invalid || paddings > 0) return undefined;
    bits = ((bits << 6) | meaning) & 0xfff;
    const inGroup = letters++ % 4;
    if (inGroup > 0) text[to++] = bits >> (6 - 2 * inGroup);
  }
  return endsWell(letters, paddings) ? text.subarray(0, to) : undefined;
}

/** One letter left over holds no whole byte, and padding has to fill a group of four. */
function endsWell(letters: number, paddings: number): boolean {
  if (letters % 4 === 1) return false;
  return paddings === 0 || (paddings <= 2 && (letters + paddings) % 4 === 0);
}

function meaningTable(): Uint8Array {
  const table = new Uint8Array(256).fill(invalid);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  for (let value = 0; value < letters.length; value++) table[letters.charCodeAt(value)] = value;
  for (const space of '\t\n\f\r ') table[space.charCodeAt(0)] = whitespace;
  table['='.charCodeAt(0)] = padding;
  return table;
}
