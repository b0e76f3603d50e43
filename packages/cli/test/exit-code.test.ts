import { describe, expect, it } from 'vitest';

import { exitCodeOf } from '../src/exit-code.ts';

const http = new URL('http://h/');
const before = { url: http, answered: false };
const during = { url: http, answered: true };
const file = { url: new URL('file:///x'), answered: false };

describe('exit codes', () => {
  it.each([
    ['protocol-unknown', before, 1],
    ['proxy-not-found', before, 5],
    ['host-not-found', before, 6],
    ['connection-refused', before, 7],
    ['protocol-failure', before, 8],
    ['protocol-failure', during, 56],
    ['protocol-failure', { url: new URL('data:x'), answered: false }, 3],
    ['remote-host-closed', before, 52],
    ['remote-host-closed', during, 18],
    ['timeout', during, 28],
    ['too-many-redirects', before, 47],
    ['content-re-send', before, 65],
    ['content-not-found', file, 37],
    ['content-not-found', before, 78],
    ['content-access-denied', file, 37],
    ['proxy-connection-closed', before, 97],
    ['a word of tomorrow', before, 56],
  ])('%s is %s of curl', (code, point, expected) => {
    expect(exitCodeOf({ code }, point)).toBe(expected);
  });
  it('tell a refused certificate from a handshake that failed otherwise', () => {
    const cause = Object.assign(new Error('tls'), {
      certificateErrors: [{ code: 'certificate-expired' }],
    });
    const code = 'tls-handshake-failed';
    const error = Object.assign(new Error('wrapped', { cause }), { code });
    expect(exitCodeOf(error, before)).toBe(60);
    expect(exitCodeOf(Object.assign(new Error('alert'), { code }), before)).toBe(35);
  });
});
