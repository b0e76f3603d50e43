/**
 * Bits in the code of each byte, and of EOS (256): RFC 7541 appendix B. The code is canonical, so the lengths are all that there is
 * to know of it: codes of one length follow each other in the order of their symbols, and shorter ones come first.
 */
// oxfmt-ignore
const lengths: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
];

/** The symbol that must never be sent; padding is what its code begins with. */
export const EOS = 256;
/** The longest code, in bits: that of EOS. */
export const LONGEST_CODE = 30;

/** By symbol: how many bits its code has. */
export const codeLengths: Uint8Array = Uint8Array.from(lengths);
/** By symbol: its code, in the low bits. */
export const codes: Uint32Array = new Uint32Array(lengths.length);
/** Symbols in the order of their codes. */
export const symbols: Uint16Array = new Uint16Array(lengths.length);
/** By length: the first code of that length. */
export const firstCodes: Uint32Array = new Uint32Array(LONGEST_CODE + 1);
/** By length: the place of the first symbol in `symbols`. */
export const firstPlaces: Uint16Array = new Uint16Array(LONGEST_CODE + 1);
/** By length: how many codes there are. */
export const codeCounts: Uint16Array = new Uint16Array(LONGEST_CODE + 1);

let code = 0;
let place = 0;
for (let length = 1; length <= LONGEST_CODE; length += 1) {
  code *= 2;
  firstCodes[length] = code;
  firstPlaces[length] = place;
  for (const [symbol, bits] of lengths.entries()) {
    if (bits !== length) continue;
    codes[symbol] = code;
    symbols[place] = symbol;
    code += 1;
    place += 1;
  }
  codeCounts[length] = place - (firstPlaces[length] ?? 0);
}
