import { describe, expect, it } from 'vitest';

import { replyError } from '../src/reply-error.ts';

const url = new URL('https://me:pw@host.test:8443/a/path?token=secret#fragment');

describe('replyError', () => {
  it.each([100, 200, 204, 206, 301, 304, 399])('finds none in status %i', (status) => {
    expect(replyError(status, 'Fine', url)).toBeUndefined();
  });

  it.each([
    [400, 'protocol-invalid-operation'],
    [401, 'authentication-required'],
    [402, 'unknown-content'],
    [403, 'content-access-denied'],
    [404, 'content-not-found'],
    [405, 'content-operation-not-permitted'],
    [406, 'unknown-content'],
    [407, 'proxy-authentication-required'],
    [409, 'content-conflict'],
    [410, 'content-gone'],
    [418, 'protocol-invalid-operation'],
    [451, 'unknown-content'],
    [499, 'unknown-content'],
    [500, 'internal-server'],
    [501, 'operation-not-implemented'],
    [502, 'unknown-server'],
    [503, 'service-unavailable'],
    [505, 'unknown-server'],
    [599, 'unknown-server'],
    [999, 'unknown-server'],
  ])('reads status %i as %s', (status, code) => {
    expect(replyError(status, '', url)?.code).toBe(code);
  });

  it('calls temporary what tells of the moment only', () => {
    const temporary = Array.from({ length: 600 }, (_, status) => status).filter(
      (status) => replyError(status, '', url)?.temporary,
    );
    expect(temporary).toEqual([408, 425, 429, 500, 502, 503, 504]);
  });

  it('says where and what, and nothing secret', () => {
    expect(replyError(404, 'Not Found', url)?.message).toBe(
      'https://host.test:8443/a/path: server replied 404 Not Found',
    );
    expect(replyError(503, '', url)?.message).toBe(
      'https://host.test:8443/a/path: server replied 503',
    );
  });

  it('makes a hostile reason harmless', () => {
    const message = replyError(500, `\u001B[31mred\r\nX: y\u202E${'x'.repeat(1000)}`, url)?.message;
    expect(message).toMatch(/replied 500 {2}\[31mred {2}X: y x+$/);
    expect(message?.length).toBeLessThan(300);
  });
});
