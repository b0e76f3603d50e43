import { verify, type KeyObject } from 'node:crypto';

import { bitsOf, DerError, expectDer, readAllDer, tags, type DerValue } from './der.ts';

/** What is signed as OCSP replies and lists of revoked certificates are: SEQUENCE { what, AlgorithmIdentifier, BIT STRING }. */
export interface Signed {
  /** What the signature is over, in DER. */
  readonly signed: Uint8Array;
  /** The identifier of the signature's algorithm, in hexadecimal digits of DER. */
  readonly algorithm: string;
  readonly signature: Uint8Array;
}

const sha1WithRsa = '2a864886f70d010105';
/** By their identifiers, in DER. MD5 and what nobody uses are not among them. */
const signatureHashes: ReadonlyMap<string, string | null> = new Map([
  [sha1WithRsa, 'sha1'],
  ['2a864886f70d01010b', 'sha256'],
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
  ['2b6570', null],
  ['2b6571', null],
]);

/** The first three of what is in such a SEQUENCE. Throws a `DerError`. */
export function readSigned(values: readonly DerValue[]): Signed {
  const [data, algorithm, signature] = values;
  const [identifier] = readAllDer(expectDer(algorithm, tags.sequence).content);
  return {
    signed: expectDer(data, tags.sequence).raw,
    algorithm: hex(expectDer(identifier, tags.identifier).content),
    signature: bitsOf(expectDer(signature, tags.bits)),
  };
}

/** Whether the signature is by that key. Throws a `DerError` where the algorithm is not known. */
export function isSignedBy(publicKey: KeyObject, what: Signed): boolean {
  const hash = signatureHashes.get(what.algorithm);
  if (hash === undefined) throw new DerError('it is signed in an unknown way');
  // A key of another kind than the signature's cannot have made it.
  const fits = hash === null ? publicKey.asymmetricKeyType?.startsWith('ed') : true;
  return fits === true && verify(hash, what.signed, publicKey, what.signature);
}

/** SHA-1 can be made to fit two texts, so that what is signed with it proves less than it says. */
export const isWeaklySigned = ({ algorithm }: Signed): boolean => algorithm === sha1WithRsa;

/** In hexadecimal digits, as identifiers are looked up. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
