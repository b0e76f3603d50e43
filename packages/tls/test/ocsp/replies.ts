import { createHash, sign } from 'node:crypto';

import type { issue } from '@netaccess/test-servers';

import { certificateParts } from '../../src/certificate-parts.ts';

type Issued = ReturnType<typeof issue>;

/** What a reply of a responder says; by default that the certificate is good, from an hour ago until in an hour. */
export interface ReplyPlan {
  readonly certificate: Issued;
  readonly issuer: Issued;
  readonly signer?: Issued;
  /** Sends the signer's certificate along. */
  readonly sent?: boolean;
  readonly status?: 'good' | 'revoked' | 'unknown';
  readonly thisUpdate?: number;
  readonly nextUpdate?: number | undefined;
  readonly refusal?: number;
  /** Before the one about the certificate. */
  readonly others?: readonly ReplyPlan[];
}

/** Identifiers in DER. */
const ecdsaWithSha256 = '06082a8648ce3d040302';
const sha1WithRsa = '06092a864886f70d010105';
const HOUR_MILLISECONDS = 3_600_000;

/** A reply of RFC 6960 §4.2, as a responder would make it. */
export function ocspReply(plan: ReplyPlan): Buffer {
  const { issuer, signer = issuer, refusal = 0 } = plan;
  const status = value(0x0a, Buffer.from([refusal]));
  if (refusal !== 0) return value(0x30, status);
  const data = value(
    0x30,
    value(0xa1, Buffer.from(certificateParts(signer.certificate).subject)),
    time(Date.now()),
    value(0x30, ...(plan.others ?? []).map(statement), statement(plan)),
  );
  const isRsa = signer.privateKey.asymmetricKeyType === 'rsa';
  const algorithm = value(0x30, Buffer.from(isRsa ? sha1WithRsa : ecdsaWithSha256, 'hex'));
  const signed = sign(isRsa ? 'sha1' : 'sha256', data, signer.privateKey);
  const signature = value(0x03, Buffer.from([0]), signed);
  const sent = plan.sent === true ? [value(0xa0, value(0x30, signer.certificate.raw))] : [];
  const basic = value(0x30, data, algorithm, signature, ...sent);
  const kind = Buffer.from('06092b0601050507300101', 'hex');
  return value(0x30, status, value(0xa0, value(0x30, kind, value(0x04, basic))));
}

function statement(plan: ReplyPlan): Buffer {
  const now = Date.now();
  const { status = 'good', thisUpdate = now - HOUR_MILLISECONDS } = plan;
  const nextUpdate = 'nextUpdate' in plan ? plan.nextUpdate : now + HOUR_MILLISECONDS;
  const until = nextUpdate === undefined ? [] : [value(0xa0, time(nextUpdate))];
  return value(0x30, identity(plan), word(status), time(thisUpdate), ...until);
}

function identity({ certificate, issuer }: ReplyPlan): Buffer {
  const { serialNumber, issuer: name } = certificateParts(certificate.certificate);
  const { publicKey } = certificateParts(issuer.certificate);
  const sha1 = value(0x30, Buffer.from('06052b0e03021a0500', 'hex'));
  return value(0x30, sha1, hashed(name), hashed(publicKey), value(0x02, Buffer.from(serialNumber)));
}

function word(status: 'good' | 'revoked' | 'unknown'): Buffer {
  if (status === 'good') return value(0x80);
  return status === 'unknown' ? value(0x82) : value(0xa1, time(Date.now()));
}

const hashed = (bytes: Uint8Array): Buffer =>
  value(0x04, createHash('sha1').update(bytes).digest());

const time = (milliseconds: number): Buffer =>
  value(0x18, Buffer.from(new Date(milliseconds).toISOString().replaceAll(/[-:T]|\.\d+/gu, '')));

function value(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}
