import { X509Certificate } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { certificates, issue } from '../src/certificates.ts';

describe('certificates', () => {
  it('are good for every name of loopback and signed by their authority', () => {
    const { ca, localhost } = certificates();
    const leaf = new X509Certificate(localhost.cert);
    expect(leaf.checkHost('localhost')).toBe('localhost');
    expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(leaf.checkIP('::1')).toBe('::1');
    expect(leaf.verify(new X509Certificate(ca.cert).publicKey)).toBe(true);
    expect(leaf.checkIssued(new X509Certificate(ca.cert))).toBe(true);
    expect(new X509Certificate(ca.cert).ca).toBe(true);
    expect(leaf.ca).toBe(false);
  });

  it('are made once per process', () => {
    expect(certificates().expired).toBe(certificates().expired);
  });

  it('hold the dates they were made for, before and after 2050', () => {
    const notBefore = new Date('1999-12-31T23:59:59Z');
    const notAfter = new Date('2051-02-03T04:05:06Z');
    const { certificate } = issue({ subject: 'dates', notBefore, notAfter });
    expect(new Date(certificate.validFrom)).toEqual(notBefore);
    expect(new Date(certificate.validTo)).toEqual(notAfter);
  });

  it('come with their intermediate but never with their root', () => {
    const chain = certificates().throughIntermediate.cert.match(/BEGIN CERTIFICATE/g);
    expect(chain).toHaveLength(2);
  });
});
