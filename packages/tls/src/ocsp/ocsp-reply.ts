import type { CertificateErrorCode } from '@netaccess/transport';

import {
  DerError,
  expectDer,
  readAllDer,
  readDer,
  readSequence,
  tags,
  timeOf,
  type DerValue,
} from '../der.ts';
import { hex, readSigned, type Signed } from '../signed.ts';

/** What an OCSP responder says of one certificate (RFC 6960 §4.2.1). */
export interface OcspStatement {
  /** The identifier of the hash that both hashes are made with, in DER. */
  readonly hashIdentifier: Uint8Array;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  readonly serialNumber: Uint8Array;
  readonly status: 'good' | 'revoked' | 'unknown';
  /** Milliseconds of Unix time. */
  readonly revokedAt?: number | undefined;
  readonly thisUpdate: number;
  readonly nextUpdate?: number | undefined;
}

/** A reply of an OCSP responder, as it is signed. */
export interface OcspReply extends Signed {
  /** In DER: those who might have signed, where they are not the issuer. */
  readonly certificates: readonly Uint8Array[];
  readonly statements: readonly OcspStatement[];
}

/** The identifier id-pkix-ocsp-basic, 1.3.6.1.5.5.7.48.1.1, in DER. */
const basicReply = '2b0601050507300101';
const refusals: Readonly<Record<number, readonly [CertificateErrorCode, string]>> = {
  1: ['ocsp-malformed-request', 'the responder was asked wrongly'],
  2: ['ocsp-internal-error', 'the responder failed'],
  3: ['ocsp-try-later', 'the responder is busy'],
  5: ['ocsp-sig-required', 'the responder wants signed questions'],
  6: ['ocsp-unauthorized', 'the responder does not answer about this certificate'],
};

/** The responder said nothing of the certificate (RFC 6960 §4.2.1, OCSPResponseStatus). */
export class OcspRefusal extends Error {
  readonly code: CertificateErrorCode;

  constructor(code: CertificateErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Throws a `DerError` for what is no reply, and an `OcspRefusal`. Nothing in it is verified yet. */
export function readOcspReply(bytes: Uint8Array): OcspReply {
  const [status, wrapped] = readSequence(bytes);
  const word = expectDer(status, tags.enumerated).content;
  if (word.length !== 1 || word[0] !== 0) {
    const refusal = refusals[word[0] ?? 0];
    if (refusal === undefined) throw new DerError('the responder refused without a known reason');
    throw new OcspRefusal(...refusal);
  }
  const [kind, octets] = readSequence(expectDer(wrapped, tags.context(0)).content);
  if (hex(expectDer(kind, tags.identifier).content) !== basicReply) {
    throw new DerError('the reply is of an unknown kind');
  }
  return readBasicReply(expectDer(octets, tags.octets).content);
}

function readBasicReply(bytes: Uint8Array): OcspReply {
  const values = readSequence(bytes);
  const [data, , , certificates] = values;
  return {
    ...readSigned(values),
    certificates: certificates === undefined ? [] : certificatesOf(certificates),
    statements: statementsOf(expectDer(data, tags.sequence)),
  };
}

function certificatesOf(value: DerValue): readonly Uint8Array[] {
  return readSequence(expectDer(value, tags.context(0)).content).map(({ raw }) => raw);
}

/** Version and extensions are optional; the responder's name or key is not needed: whoever signed is told by the signature. */
function statementsOf(data: DerValue): readonly OcspStatement[] {
  const list = readAllDer(data.content).find(({ tag }) => tag === tags.sequence);
  return readAllDer(expectDer(list, tags.sequence).content).map(statementOf);
}

function statementOf(value: DerValue): OcspStatement {
  const [certificate, status, thisUpdate, ...rest] = readSequence(value.raw);
  const [hash, name, key, serial] = readAllDer(expectDer(certificate, tags.sequence).content);
  const [identifier] = readAllDer(expectDer(hash, tags.sequence).content);
  const next = rest.find(({ tag }) => tag === tags.context(0));
  return {
    hashIdentifier: expectDer(identifier, tags.identifier).content,
    issuerNameHash: expectDer(name, tags.octets).content,
    issuerKeyHash: expectDer(key, tags.octets).content,
    serialNumber: expectDer(serial, tags.integer).content,
    ...statusOf(status),
    thisUpdate: timeOf(expectDer(thisUpdate, tags.generalizedTime)),
    nextUpdate: next && timeOf(readDer(next.content, tags.generalizedTime)),
  };
}

function statusOf(value: DerValue | undefined): Pick<OcspStatement, 'status' | 'revokedAt'> {
  if (value?.tag === tags.implicit(0)) return { status: 'good' };
  if (value?.tag === tags.implicit(2)) return { status: 'unknown' };
  const [when] = readAllDer(expectDer(value, tags.context(1)).content);
  return { status: 'revoked', revokedAt: timeOf(expectDer(when, tags.generalizedTime)) };
}
