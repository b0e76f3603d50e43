import { certificates, issue } from '@netaccess/test-servers';
import type { Issued } from '@netaccess/test-servers';
import { describe, expect, it } from 'vitest';

import {
  certificateError,
  certificateErrorCode,
  nameMismatch,
  unspecifiedError,
} from '../src/certificate-error.ts';

const authority = certificates().ca;
const made = (what: Partial<Parameters<typeof issue>[0]>): Issued =>
  issue({ subject: 'leaf', issuer: authority, ...what });
const at = (date: string): number => new Date(date).getTime();

describe('a certificate error says in a sentence', () => {
  const dated = made({
    notBefore: new Date('2020-01-01T12:00:00Z'),
    notAfter: new Date('2021-01-01T12:00:00Z'),
  }).certificate;

  it.each([
    ['2021-01-01T13:00:00Z', 'less than a day'],
    ['2021-01-02T12:00:00Z', '1 day'],
    ['2022-01-01T12:00:00Z', '365 days'],
  ])('since when it is expired, at %s', (now, ago) => {
    expect(certificateError('certificate-expired', dated, at(now)).message).toBe(
      `certificate expired on 2021-01-01 (${ago} ago): "leaf", issued by "Test CA"`,
    );
  });

  it('from when it is valid', () => {
    const error = certificateError('certificate-not-yet-valid', dated, at('2019-12-22T12:00:00Z'));
    expect(error.message).toBe(
      'certificate is not valid before 2020-01-01 (in 10 days): "leaf", issued by "Test CA"',
    );
  });

  it('what names it is for, and for which it is not', () => {
    const { certificate } = made({ names: ['a.test', '*.b.test', '127.0.0.1'] });
    expect(nameMismatch('c.test', certificate)).toMatchObject({
      code: 'host-name-mismatch',
      message: 'name mismatch: certificate is for a.test, *.b.test, 127.0.0.1; not for c.test',
    });
  });

  it('that it is for many names, without all of them', () => {
    const names = Array.from({ length: 500 }, (_, index) => `host${index}.test`);
    const { message } = nameMismatch('c.test', made({ names }).certificate);
    expect(message).toMatch(
      /^name mismatch: certificate is for host0\.test, .*host9\.test and 490 more; not for c\.test$/,
    );
  });

  it('the common name where there are no other names, or none', () => {
    const { certificate } = made({ subject: 'old.test', names: [] });
    expect(nameMismatch('c.test', certificate).message).toContain('is for old.test; not for');
  });

  it('what OpenSSL said where Qt has no word', () => {
    expect(unspecifiedError('CRL_HAS_EXPIRED', made({}).certificate)).toMatchObject({
      code: 'unspecified-error',
      message: 'certificate "leaf", issued by "Test CA" was rejected (OpenSSL: CRL_HAS_EXPIRED)',
    });
  });

  it('something for every code', () => {
    const { certificate } = made({});
    const { message } = certificateError('certificate-untrusted', certificate, 0);
    expect(message).toBe('certificate "leaf", issued by "Test CA": certificate untrusted');
  });

  it('no control characters and no endless names of a stranger', () => {
    const { certificate } = made({ subject: `evil\u001b[2J${'x'.repeat(1000)}` });
    const { message } = certificateError('invalid-purpose', certificate, 0);
    // eslint-disable-next-line no-control-regex
    expect(message).not.toMatch(/[\u0000-\u001f]/);
    expect(message.length).toBeLessThan(300);
  });
});

describe('the words of OpenSSL', () => {
  it.each([
    ['CERT_HAS_EXPIRED', 'certificate-expired'],
    ['CERT_REVOKED', 'certificate-revoked'],
    ['INVALID_CA', 'invalid-ca-certificate'],
    ['SOMETHING_NEW', 'unspecified-error'],
    ['toString', 'unspecified-error'],
  ])('%s becomes %s', (openssl, code) => {
    expect(certificateErrorCode(openssl)).toBe(code);
  });
});
