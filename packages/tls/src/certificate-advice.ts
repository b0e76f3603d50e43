import type { CertificateErrorCode } from '@netaccess/transport';

const untrusted =
  'If you know this authority, get its certificate from a source that you trust and name it in "ca". ' +
  'If nobody does, somebody may be listening in.';
const incomplete =
  'The peer should send the certificates between its own and the root; until it does, name the missing one in "ca".';
const ocsp = 'Try again later, or do not require OCSP ("ocsp": "ask") if the peer never staples.';

const advice: Readonly<Partial<Record<CertificateErrorCode, string>>> = {
  'self-signed-certificate':
    'If the peer is yours, name this certificate in "ca"; otherwise somebody may be listening in.',
  'self-signed-certificate-in-chain': untrusted,
  'unable-to-get-issuer-certificate': incomplete,
  'unable-to-get-local-issuer-certificate': untrusted,
  'unable-to-verify-first-certificate': incomplete,
  'certificate-expired':
    'Whoever runs the peer has to renew it. Check the clock of this machine, too.',
  'certificate-not-yet-valid': 'Check the clock of this machine; if it is right, wait.',
  'certificate-revoked':
    'Do not go on: whoever issued it says that it must not be trusted any more.',
  'host-name-mismatch':
    'Ask by one of the names that the certificate is for, or state "serverName" if you know why they differ.',
  'invalid-purpose': 'Whoever runs the peer has to use a certificate that is for servers.',
  'invalid-ca-certificate': 'Do not go on: a certificate was issued by one that may not issue any.',
  'path-length-exceeded':
    'The chain is longer than its authorities or "peerVerifyDepth" allow; whoever runs the peer has to use another.',
  'certificate-signature-failed': 'Do not go on: the certificate is forged or damaged.',
  'no-peer-certificate': 'The peer has to show a certificate, or share a key ("preSharedKey").',
  'pin-mismatch':
    'Do not go on, unless you know that the peer has new keys: then pin those ("pinnedPublicKeys").',
  'ocsp-no-response-found': ocsp,
  'ocsp-response-expired': ocsp,
  'ocsp-try-later': ocsp,
  'ocsp-status-unknown': ocsp,
};

/** What a person can do about the error; absent where nothing sensible can be said. */
export function certificateAdvice(code: CertificateErrorCode): string | undefined {
  return advice[code];
}
