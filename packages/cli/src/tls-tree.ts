import { createHash, X509Certificate } from 'node:crypto';

import type { CertificateError, TlsInspection } from 'netaccess';

import { alertText } from './alert-text.ts';
import { printable } from './head-text.ts';

/** A line, and those that belong below it. */
interface Branch {
  readonly text: string;
  readonly below?: readonly Branch[];
}

/** What was found out, as a tree for people. Names in it are a stranger's: nothing of them moves the cursor. */
export function tlsTree(found: TlsInspection): string {
  return drawn({
    text: `${found.host}:${found.port}`,
    below: [...way(found), ...protection(found), ...chain(found), ...alerts(found), verdict(found)],
  }).join('\n');
}

function drawn({ text, below = [] }: Branch): string[] {
  const lines = [printable(text)];
  for (const [index, branch] of below.entries()) {
    const last = index === below.length - 1;
    const [first = '', ...rest] = drawn(branch);
    lines.push(`${last ? '└─' : '├─'} ${first}`);
    lines.push(...rest.map((line) => `${last ? '  ' : '│ '} ${line}`));
  }
  return lines;
}

function way({ address, proxy, timings }: TlsInspection): Branch[] {
  if (address === undefined || timings === undefined) return [];
  const host = address.family === 6 ? `[${address.address}]` : address.address;
  const through = proxy === undefined ? '' : ` through ${proxy.href}`;
  const { start, connected, secured } = timings;
  const took = [`${rounded(connected - start)} to connect`];
  if (secured !== undefined) took.push(`${rounded(secured - connected)} for the handshake`);
  return [{ text: `connected to ${host}:${address.port}${through}: ${took.join(', ')}` }];
}

const rounded = (milliseconds: number): string => `${milliseconds.toFixed(1)} ms`;

function protection({ tls }: TlsInspection): Branch[] {
  if (tls === undefined) return [];
  const { protocol, cipher, alpn, ocsp } = tls;
  const stapled = ocsp === undefined ? [] : [{ text: `OCSP: ${ocspText(ocsp)}` }];
  return [
    { text: `${protocol}, ${cipher}` },
    { text: alpn === undefined ? 'ALPN: no protocol was chosen' : `ALPN: ${alpn}` },
    ...stapled,
  ];
}

function ocspText({
  state,
  problem,
}: NonNullable<NonNullable<TlsInspection['tls']>['ocsp']>): string {
  if (state === 'absent') return 'no reply was stapled';
  return problem === undefined ? `stapled: ${state}` : `stapled: ${state}, ${problem}`;
}

function chain({ chain: certificates, errors }: TlsInspection): Branch[] {
  if (certificates.length === 0) return [];
  return [
    {
      text: 'certificates, the peer’s own first',
      below: certificates.map((der, depth) => certificate(der, errorsAt(depth, errors))),
    },
  ];
}

const errorsAt = (
  depth: number,
  errors: readonly CertificateError[],
): readonly CertificateError[] => errors.filter((error) => error.depth === depth);

function certificate(der: Uint8Array, errors: readonly CertificateError[]): Branch {
  const read = new X509Certificate(der);
  const names = read.subjectAltName === undefined ? [] : [{ text: `for ${read.subjectAltName}` }];
  const self = read.subject === read.issuer;
  return {
    text: oneLine(read.subject),
    below: [
      ...names,
      { text: self ? 'issued by itself' : `issued by ${oneLine(read.issuer)}` },
      { text: `valid from ${day(read.validFrom)} to ${day(read.validTo)}` },
      { text: `public key ${keyText(read)}, pin sha256/${pinOf(read)}` },
      { text: `SHA-256 ${read.fingerprint256}` },
      ...errors.map(({ message }) => ({ text: `✗ ${message}` })),
    ],
  };
}

const oneLine = (name: string): string => name.replaceAll('\n', ', ');

const day = (text: string): string => {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : date.toISOString().slice(0, 10);
};

function keyText({ publicKey }: X509Certificate): string {
  const { asymmetricKeyType = 'unknown', asymmetricKeyDetails = {} } = publicKey;
  const { modulusLength, namedCurve } = asymmetricKeyDetails;
  return [asymmetricKeyType.toUpperCase(), modulusLength ?? namedCurve].filter(Boolean).join(' ');
}

const pinOf = ({ publicKey }: X509Certificate): string =>
  createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');

function alerts({ alerts: seen }: TlsInspection): Branch[] {
  if (seen.length === 0) return [];
  return [{ text: 'alerts', below: seen.map((alert) => ({ text: alertText(alert) })) }];
}

function verdict({ failure, errors, tls }: TlsInspection): Branch {
  const below = [...new Set(errors.map(({ advice }) => advice))].flatMap((advice) =>
    advice === undefined ? [] : [{ text: advice }],
  );
  if (failure !== undefined) return { text: `✗ ${failure.message}`, below };
  const wrong = tls?.errors ?? [];
  if (wrong.length === 0) return { text: '✓ verified' };
  return {
    text: `! accepted although ${wrong.map(({ message }) => message).join('; ')}`,
    below,
  };
}
