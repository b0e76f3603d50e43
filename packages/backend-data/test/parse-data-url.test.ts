import { describe, expect, it } from 'vitest';

import { parseDataUrl } from '../src/parse-data-url.ts';
import { base64Vectors, dataUrlVectors, haveVectors } from './vectors.ts';

describe('parseDataUrl', () => {
  it.each([
    ['data:,', 'text/plain;charset=US-ASCII', ''],
    ['data:,A%20brief%20note', 'text/plain;charset=US-ASCII', 'A brief note'],
    ['data:text/plain,literal?query=%26', 'text/plain', 'literal?query=&'],
    ['data:TEXT/HTML;Charset=UTF-8,x', 'text/html;charset=UTF-8', 'x'],
    ['data:;charset=iso-8859-1,%E1', 'text/plain;charset=iso-8859-1', '\u00E1'],
    ['data:charset=iso-8859-1,x', 'text/plain;charset=US-ASCII', 'x'],
    ['data:text/plain;a="b;c";d=1,x', 'text/plain;a="b;c";d=1', 'x'],
    ['data:text/plain;a="b\\"c",x', 'text/plain;a="b\\"c"', 'x'],
    ['data:text/plain;a="b\\,x', 'text/plain;a="b\\\\"', 'x'],
    ['data:text/plain;a=1;a=2;=3;b=,x', 'text/plain;a=1', 'x'],
    ['data:text/plain;a="1"junk;b=2,x', 'text/plain;a=1;b=2', 'x'],
    ['data:image/gif;base64,AA%3D%3D', 'image/gif', '\0'],
    ['data:;base64,Q Q%0A= =', 'text/plain;charset=US-ASCII', 'A'],
    ['data:,100%,%4,%zz,%41', 'text/plain;charset=US-ASCII', '100%,%4,%zz,A'],
    ['data:text/css,a%20{b:c}', 'text/css', 'a {b:c}'],
    ['data:,before#after', 'text/plain;charset=US-ASCII', 'before'],
  ])('takes %s apart', (href, mimeType, body) => {
    const parsed = parseDataUrl(new URL(href));
    expect(parsed.mimeType).toBe(mimeType);
    expect(String.fromCharCode(...parsed.body)).toBe(body);
  });

  it.each(['data:', 'data:text/plain', 'data:#,x'])('refuses %s, which has no comma', (href) => {
    expect(() => parseDataUrl(new URL(href))).toThrow(
      expect.objectContaining({ code: 'protocol-failure', message: 'the data URL has no comma' }),
    );
  });

  it.each(['A', 'AAAAA', 'AB=', 'AB===', '====', 'A=BC', 'AB!C', 'AB==CD', 'AAA\u00E9'])(
    'refuses the base64 %s',
    (body) => {
      expect(() => parseDataUrl(new URL(`data:;base64,${body}`))).toThrow(
        expect.objectContaining({ code: 'protocol-failure' }),
      );
    },
  );

  it('decodes large bodies of every byte, in base64 and percent-encoded', () => {
    const bytes = Uint8Array.from(
      { length: 300_000 },
      (_, index) => (index * 7 + (index >> 8)) % 256,
    );
    const base64 = Buffer.from(bytes).toString('base64');
    const percent = Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    expect(Buffer.from(parseDataUrl(new URL(`data:;base64,${base64}`)).body).equals(bytes)).toBe(
      true,
    );
    expect(Buffer.from(parseDataUrl(new URL(`data:,${percent}`)).body).equals(bytes)).toBe(true);
  });

  it('takes no longer than its length for spaces and backslashes without end', () => {
    const many = ' '.repeat(200_000);
    const started = performance.now();
    parseDataUrl(new URL(`data:text/plain;a="${many}\\${many};${many}x${many},x`));
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe.skipIf(!haveVectors)('the data URLs of web-platform-tests', () => {
  it('are all there', () => {
    expect(dataUrlVectors().length + base64Vectors().length).toBe(152);
  });

  it.each(dataUrlVectors())('$input', ({ input, mimeType, bytes }) => {
    expect(fetched(input)).toEqual(bytes && { mimeType, bytes });
  });
});

describe.skipIf(!haveVectors)('the forgiving base64 of web-platform-tests', () => {
  it.each(base64Vectors())('"$input"', ({ input, bytes }) => {
    expect(fetched(`data:;base64,${input}`)?.bytes).toEqual(bytes);
  });
});

/** As the vectors have it: nothing where the URL does not parse or cannot be fetched. */
function fetched(input: string): { mimeType: string; bytes: readonly number[] } | undefined {
  if (!URL.canParse(input)) return undefined;
  try {
    const { mimeType, body } = parseDataUrl(new URL(input));
    return { mimeType, bytes: [...body] };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'protocol-failure')
      return undefined;
    throw error;
  }
}
