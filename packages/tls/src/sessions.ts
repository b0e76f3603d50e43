import type { CertificateError, SessionSlot } from '@netaccess/transport';

/** TLS 1.3 servers send one or two tickets for each connection, and each serves once. */
const MOST_SESSIONS = 4;

/** Remembers the newest sessions, up to four. One for each set of connections that are alike: same peer, same options. */
export function sessionSlot(): SessionSlot {
  const sessions: Uint8Array[] = [];
  return {
    take: () => sessions.pop(),
    put(session) {
      sessions.push(session);
      if (sessions.length > MOST_SESSIONS) sessions.shift();
    },
  };
}

/** A session and what was decided on the connection that it is from. */
export interface SealedSession {
  /** Says what the connection was verified by and for whom; equal or not, no more. */
  readonly binding: string;
  /** What was wrong with the chain, and accepted. */
  readonly accepted: readonly CertificateError[];
  /** DER of the peer's certificate: a resumed handshake does not show it again. */
  readonly certificate: Uint8Array;
  /** As Node gave it. */
  readonly session: Uint8Array;
}

const magic = 'netaccess:tls:session:3\n';
const LENGTH_BYTES = 4;

/** What is put into a slot: opaque, and of no use to a connection that has not the same options. */
export function sealSession(sealed: SealedSession): Uint8Array {
  const accepted = sealed.accepted.map(({ certificate, ...error }) => ({
    ...error,
    der: certificate && Buffer.from(certificate).toString('base64'),
  }));
  const head = JSON.stringify({ binding: sealed.binding, accepted });
  return Buffer.concat([
    Buffer.from(magic),
    withLength(Buffer.from(head)),
    withLength(sealed.certificate),
    withLength(sealed.session),
  ]);
}

/** Nothing for what this package did not seal. */
export function openSession(bytes: Uint8Array): SealedSession | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (buffer.toString('latin1', 0, magic.length) !== magic) return undefined;
  const [head, certificate, session] = parts(buffer.subarray(magic.length));
  if (head === undefined || certificate === undefined || session === undefined) return undefined;
  const facts = headFacts(head.toString());
  return facts && { ...facts, certificate, session };
}

function withLength(part: Uint8Array): Uint8Array {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(part.length);
  return Buffer.concat([length, part]);
}

function parts(buffer: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  let rest = buffer;
  while (rest.length >= LENGTH_BYTES) {
    const length = rest.readUInt32BE();
    if (length > rest.length - LENGTH_BYTES) return [];
    found.push(rest.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
    rest = rest.subarray(LENGTH_BYTES + length);
  }
  return found;
}

function headFacts(text: string): Pick<SealedSession, 'binding' | 'accepted'> | undefined {
  try {
    const head: unknown = JSON.parse(text);
    if (!isHead(head)) return undefined;
    const accepted = head.accepted.map(({ der, ...error }) => ({
      ...error,
      ...(der === undefined ? {} : { certificate: Buffer.from(der, 'base64') }),
    }));
    return { binding: head.binding, accepted };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** An error, with its certificate in base64. */
type SealedError = Omit<CertificateError, 'certificate'> & { readonly der?: string };

interface Head {
  readonly binding: string;
  readonly accepted: readonly SealedError[];
}

function isHead(head: unknown): head is Head {
  if (typeof head !== 'object' || head === null) return false;
  return (
    'binding' in head &&
    typeof head.binding === 'string' &&
    'accepted' in head &&
    Array.isArray(head.accepted) &&
    head.accepted.every(isAccepted)
  );
}

function isAccepted(error: unknown): error is SealedError {
  if (typeof error !== 'object' || error === null) return false;
  return (
    'code' in error &&
    typeof error.code === 'string' &&
    'message' in error &&
    typeof error.message === 'string' &&
    (!('der' in error) || typeof error.der === 'string')
  );
}
