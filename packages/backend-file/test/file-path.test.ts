import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { beside, endsInSeparator, filePath, shownPath } from '../src/file-path.ts';
import { byName, codeOf, each } from './fixtures/failure.ts';

const posix = (href: string): string | Buffer => filePath(new URL(href), 'posix');
const windows = (href: string): string | Buffer => filePath(new URL(href), 'windows');
const refused = 'protocol-invalid-operation';
const posixOutcome = (href: string): unknown => codeOf(() => posix(href));
const windowsOutcome = (href: string): unknown => codeOf(() => windows(href));

describe('a path from a file URL', () => {
  it('is decoded byte by byte', () => {
    expect(posix('file:///a%20b/%C3%BC%E2%82%AC')).toBe('/a b/ü€');
    expect(posix('file:///ü')).toBe('/ü');
    expect(posix('file:///%2525')).toBe('/%25');
  });

  it('keeps what is no percent-encoding as it is', () => {
    expect(posix('file:///100%')).toBe('/100%');
    expect(posix('file:///%zz%2')).toBe('/%zz%2');
  });

  it('is bytes where the name is not UTF-8', () => {
    expect(posix('file:///a%FFb')).toEqual(Buffer.from([0x2f, 0x61, 0xff, 0x62]));
  });

  it('accepts localhost, also spelled otherwise, and refuses every other host', () => {
    expect(posix('file://localhost/a')).toBe('/a');
    expect(posix('file://LOCALHOST/a')).toBe('/a');
    const hosts = ['example.com', '127.0.0.1', '[::1]', 'localhost.', 'server'];
    expect(byName(hosts, (host) => posixOutcome(`file://${host}/a`))).toEqual(each(hosts, refused));
    expect(byName(hosts, (host) => windowsOutcome(`file://${host}/C:/a`))).toEqual(
      each(hosts, refused),
    );
  });

  it('names the host that it refuses', () => {
    expect(() => posix('file://server/share')).toThrow(/"server"/);
  });

  it('refuses an encoded slash and NUL', () => {
    const paths = ['a%2Fb', 'a%2fb', '..%2f..%2fetc/passwd', 'a%00', '%00'];
    expect(byName(paths, (path) => posixOutcome(`file:///${path}`))).toEqual(each(paths, refused));
    expect(byName(paths, (path) => windowsOutcome(`file:///C:/${path}`))).toEqual(
      each(paths, refused),
    );
  });

  it('ignores query and fragment, but not their encoded signs', () => {
    expect(posix('file:///a?b#c')).toBe('/a');
    expect(posix('file:///a%3Fb%23c')).toBe('/a?b#c');
  });

  it('keeps a backslash on POSIX and refuses it on Windows', () => {
    expect(posix('file:///a%5Cb')).toBe('/a\\b');
    expect(windowsOutcome('file:///C:/a%5Cb')).toBe(refused);
    expect(windowsOutcome('file:///C:/..%5c..%5cwindows')).toBe(refused);
  });

  it('keeps a colon on POSIX', () => {
    expect(posix('file:///C:/a:b')).toBe('/C:/a:b');
  });

  it('starts with a drive on Windows', () => {
    expect(windows('file:///C:/a%20b/c')).toBe('C:\\a b\\c');
    expect(windows('file:///c|/a')).toBe('c:\\a');
    expect(windows('file:///C:')).toBe('C:\\');
    expect(windows('file:///C:/')).toBe('C:\\');
    const hrefs = ['file:///', 'file:///a', 'file:///C%3A/a', 'file:///CC:/a', 'file:///1:/a'];
    expect(byName(hrefs, windowsOutcome)).toEqual(each(hrefs, refused));
  });

  it('refuses UNC paths on Windows, however they are spelled', () => {
    const hrefs = ['file:////server/share', 'file://///server/share', 'file:\\\\\\\\server\\share'];
    expect(byName(hrefs, windowsOutcome)).toEqual(each(hrefs, refused));
  });

  it('refuses streams within files on Windows', () => {
    expect(windowsOutcome('file:///C:/a.txt::$DATA')).toBe(refused);
    expect(windowsOutcome('file:///C:/a.txt%3Ahidden')).toBe(refused);
  });

  it('refuses names that Windows takes for devices', () => {
    const names = [
      'NUL',
      'nul',
      'con.txt',
      'COM1',
      'lpt9.log',
      'AUX',
      'NUL%20.txt',
      'a/prn/b',
      'COM%C2%B2',
    ];
    expect(byName(names, (name) => windowsOutcome(`file:///C:/${name}`))).toEqual(
      each(names, 'content-operation-not-permitted'),
    );
    expect(windows('file:///C:/console.txt')).toBe('C:\\console.txt');
    expect(windows('file:///C:/com10')).toBe('C:\\com10');
  });

  it('refuses names that are not UTF-8 on Windows', () => {
    expect(windowsOutcome('file:///C:/%FF')).toBe(refused);
  });

  it('is the one that the URL was made of, whatever its characters', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !/[/\0]|^\.\.?$/.test(text));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1 }), (names) => {
        const path = `/${names.join('/')}`;
        expect(filePath(pathToFileURL(path, { windows: false }), 'posix').toString()).toBe(path);
      }),
    );
  });

  it('never holds a NUL, a foreign separator or a step upwards, whatever the URL', () => {
    const unit = fc.constantFrom(
      'a',
      '/',
      '\\',
      '.',
      '..',
      '%2e',
      '%2F',
      '%5C',
      '%00',
      '%',
      ':',
      'C:',
      '|',
      '%FF',
      '?',
      '#',
      'ü',
    );
    fc.assert(
      fc.property(
        fc.array(unit),
        fc.constantFrom('posix' as const, 'windows' as const),
        (units, style) => {
          const outcome = codeOf(() =>
            filePath(new URL(`file:///${units.join('')}`), style).toString(),
          );
          const codes = [refused, 'content-operation-not-permitted'];
          const shape = style === 'posix' ? /^\/[^\0]*$/ : /^[a-z]:\\[^/:\0]*$/i;
          const separator = style === 'posix' ? '/' : '\\';
          const path = String(outcome);
          expect(codes.includes(path) || shape.test(path)).toBe(true);
          expect(path.split(separator)).not.toContain('..');
        },
      ),
    );
  });
});

interface UrlCase {
  readonly input: string;
  readonly base: string | null;
  readonly href: string;
  readonly host: string;
  readonly pathname: string;
}

const vectors = join(import.meta.dirname, '../../../../shared/vectors/url/urltestdata.json');

describe.skipIf(!existsSync(vectors))("the URL standard's file URLs", () => {
  const cases: readonly (UrlCase | string)[] = existsSync(vectors)
    ? JSON.parse(readFileSync(vectors, 'utf8'))
    : [];
  const files = cases.filter(
    (entry): entry is UrlCase =>
      typeof entry !== 'string' &&
      // Node 22 does not yet know every host that the standard allows now.
      URL.canParse(entry.input, entry.base ?? undefined) &&
      (entry.href ?? '').startsWith('file:'),
  );

  it('are there', () => {
    expect(files.length).toBeGreaterThan(100);
  });

  it.each(files)(
    '$input against $base names a file of this machine or nothing',
    ({ input, base, host, pathname }) => {
      const url = new URL(input, base ?? undefined);
      const [, drive, rest = '/'] = /^\/([a-z]:)(\/.*)?$/i.exec(pathname) ?? [];
      const windowsPath = drive === undefined ? refused : drive + rest.replaceAll('/', '\\');
      expect([
        codeOf(() => filePath(url, 'posix')),
        codeOf(() => filePath(url, 'windows')),
      ]).toEqual(host === '' ? [decodeURIComponent(pathname), windowsPath] : [refused, refused]);
    },
  );
});

describe('paths', () => {
  it('have neighbours in the same folder, also where the name is not UTF-8', () => {
    expect(beside('/a/b', 'c')).toBe('/a/c');
    expect(beside('/b', 'c')).toBe('/c');
    expect(beside(Buffer.from('/\xff/b', 'latin1'), 'c')).toEqual(Buffer.from('/\xff/c', 'latin1'));
  });

  it('that end in a separator are told from others', () => {
    expect(endsInSeparator('/a/')).toBe(true);
    expect(endsInSeparator('/')).toBe(true);
    expect(endsInSeparator('/a')).toBe(false);
    expect(endsInSeparator(Buffer.from('/\xff/', 'latin1'))).toBe(true);
  });

  it('are shown without what would steer a terminal', () => {
    expect(shownPath('/a\u001b[31mb\n\u202ec')).toBe('"/a%1B[31mb%0A%E2%80%AEc"');
  });
});
