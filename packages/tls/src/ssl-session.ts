import { DerError, expectDer, readAllDer, readDer, readSequence, tags } from './der.ts';

/** What an `SSL_SESSION` says of the peer, as OpenSSL writes it (`d2i_SSL_SESSION`). Node gives one also in the middle of a handshake. */
export interface SessionFacts {
  /** X509_V_OK is 0. */
  readonly verifyResult: number;
  /** DER of the peer's certificate; it is there after a resumption, too. */
  readonly peerCertificate: Uint8Array | undefined;
}

const peerTag = tags.context(3);
const verifyResultTag = tags.context(5);
/** Since 2026 Node writes the server's name before the session. */
const prefix = Buffer.from('\0nodejs:tls:session:1\0', 'latin1');
const NAME_LENGTH_BYTES = 2;

/** Nothing for what is no session of this kind: then nothing is known of the peer, and it is not to be trusted. */
export function sessionFacts(session: Uint8Array): SessionFacts | undefined {
  try {
    const values = readSequence(unwrapped(session));
    const peer = values.find(({ tag }) => tag === peerTag);
    const result = values.find(({ tag }) => tag === verifyResultTag);
    return {
      verifyResult: result === undefined ? 0 : numberIn(result.content),
      peerCertificate: peer && readDer(peer.content, tags.sequence).raw,
    };
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

function unwrapped(session: Uint8Array): Uint8Array {
  const bytes = Buffer.from(session.buffer, session.byteOffset, session.length);
  if (!bytes.subarray(0, prefix.length).equals(prefix)) return bytes;
  const nameAt = prefix.length + NAME_LENGTH_BYTES;
  if (bytes.length < nameAt) throw new DerError('a session is cut off');
  return bytes.subarray(nameAt + bytes.readUInt16BE(prefix.length));
}

function numberIn(content: Uint8Array): number {
  const [value, ...more] = readAllDer(content);
  const { content: octets } = expectDer(value, tags.integer);
  if (more.length > 0 || octets.length > 4) throw new DerError('no result of a verification');
  return octets.reduce((number, octet) => number * 256 + octet, 0);
}

/** OpenSSL's X509_V_ERR_ numbers, as Node names them. */
const verifyWords: ReadonlyMap<number, string> = new Map([
  [2, 'UNABLE_TO_GET_ISSUER_CERT'],
  [3, 'UNABLE_TO_GET_CRL'],
  [4, 'UNABLE_TO_DECRYPT_CERT_SIGNATURE'],
  [5, 'UNABLE_TO_DECRYPT_CRL_SIGNATURE'],
  [6, 'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY'],
  [7, 'CERT_SIGNATURE_FAILURE'],
  [8, 'CRL_SIGNATURE_FAILURE'],
  [9, 'CERT_NOT_YET_VALID'],
  [10, 'CERT_HAS_EXPIRED'],
  [11, 'CRL_NOT_YET_VALID'],
  [12, 'CRL_HAS_EXPIRED'],
  [13, 'ERROR_IN_CERT_NOT_BEFORE_FIELD'],
  [14, 'ERROR_IN_CERT_NOT_AFTER_FIELD'],
  [15, 'ERROR_IN_CRL_LAST_UPDATE_FIELD'],
  [16, 'ERROR_IN_CRL_NEXT_UPDATE_FIELD'],
  [17, 'OUT_OF_MEM'],
  [18, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  [19, 'SELF_SIGNED_CERT_IN_CHAIN'],
  [20, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
  [21, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  [22, 'CERT_CHAIN_TOO_LONG'],
  [23, 'CERT_REVOKED'],
  [25, 'PATH_LENGTH_EXCEEDED'],
  [26, 'INVALID_PURPOSE'],
  [27, 'CERT_UNTRUSTED'],
  [28, 'CERT_REJECTED'],
  [29, 'SUBJECT_ISSUER_MISMATCH'],
  [31, 'AKID_ISSUER_SERIAL_MISMATCH'],
  [62, 'HOSTNAME_MISMATCH'],
  [79, 'INVALID_CA'],
]);

/** The word that Node has for a result; `''` if nothing is wrong. */
export function verifyWord(result: number): string {
  return result === 0 ? '' : (verifyWords.get(result) ?? `X509_V_ERR_${result}`);
}
