/** Of one byte for each letter; what FTP servers wrote before UTF-8. */
const alphabets = ['windows-1251', 'koi8-r', 'ibm866', 'windows-1253'];

let tables: readonly ReadonlyMap<string, string>[] | undefined;

/** A word's bytes in those alphabets that have all its letters, as latin1. Nothing for words of ASCII. */
export function olderSpellings(word: string): readonly string[] {
  if (!/[^ -~]/.test(word)) return [];
  tables ??= alphabets.map(lettersOf);
  return tables.flatMap((letters) => {
    const bytes = Array.from(word, (letter) => letters.get(letter));
    return bytes.includes(undefined) ? [] : [bytes.join('')];
  });
}

function lettersOf(alphabet: string): ReadonlyMap<string, string> {
  const decoder = new TextDecoder(alphabet);
  const letters = new Map<string, string>();
  for (let byte = 0; byte < 256; byte += 1) {
    letters.set(decoder.decode(Uint8Array.of(byte)), String.fromCharCode(byte));
  }
  return letters;
}
