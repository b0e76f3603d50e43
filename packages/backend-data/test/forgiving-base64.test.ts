import { describe, expect, it } from 'vitest';

import { forgivingBase64 } from '../src/forgiving-base64.ts';
import { base64Vectors, haveVectors } from './vectors.ts';

describe('forgivingBase64', () => {
  it('decodes every length, with white space anywhere and with or without padding', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 91 + length) % 256);
      const text = Buffer.from(bytes).toString('base64');
      expect(decoded(text)).toEqual([...bytes]);
      expect(decoded(text.replaceAll('=', ''))).toEqual([...bytes]);
      expect(decoded(text.replaceAll(/(.{5})/g, '$1 \t\n\f\r'))).toEqual([...bytes]);
    }
  });

  it('agrees with the platform about every short text', () => {
    const letters = ['A', 'z', '9', '/', '=', ' ', '\v', '-', '\u00FF'];
    const differing = textsOf(letters, 5).filter(
      (text) => String(decoded(text)) !== String(byAtob(text)),
    );
    expect(differing).toEqual([]);
  });
});

describe.skipIf(!haveVectors)(
  'the forgiving base64 of web-platform-tests, white space kept',
  () => {
    it.each(base64Vectors())('"$input"', ({ input, bytes }) => {
      expect(decoded(input)).toEqual(bytes);
    });
  },
);

function decoded(text: string): readonly number[] | undefined {
  const bytes = forgivingBase64(Uint8Array.from(Buffer.from(text, 'utf8')));
  return bytes && [...bytes];
}

function byAtob(text: string): readonly number[] | undefined {
  try {
    return Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function textsOf(letters: readonly string[], length: number): readonly string[] {
  if (length === 0) return [''];
  return textsOf(letters, length - 1).flatMap((text) => letters.map((letter) => text + letter));
}
