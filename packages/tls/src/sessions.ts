import type { SessionSlot } from '@netaccess/transport';

import type { ErrorOfCertificate } from './ignored-errors.ts';

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

/** An error that a connection was made in spite of. */
export interface AcceptedError extends ErrorOfCertificate {
  readonly message: string;
}

/** A session and what was decided on the connection that it is from. */
export interface SealedSession {
  /** Says what the connection was verified by and for whom; equal or not, no more. */
  readonly binding: string;
  /** What was wrong with the chain, and accepted. */
  readonly accepted: readonly AcceptedError[];
  /** DER of the peer's certificate: a resumed handshake does not show it again. */
  readonly certificate: Uint8Array;
  /** As Node gave it. */
  readonly session: Uint8Array;
}

const magic = 'netaccess:tls:session:2\n';
const LENGTH_BYTES = 4;

/** What is put into a slot: opaque, and of no use to a connection that has not the same options. */
export function sealSession(sealed: SealedSession): Uint8Array {
  const head = JSON.stringify({ binding: sealed.binding, accepted: sealed.accepted });
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
    return isHead(head) ? head : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isHead(head: unknown): head is Pick<SealedSession, 'binding' | 'accepted'> {
  if (typeof head !== 'object' || head === null) return false;
  return (
    'binding' in head &&
    typeof head.binding === 'string' &&
    'accepted' in head &&
    Array.isArray(head.accepted) &&
    head.accepted.every(isAccepted)
  );
}

function isAccepted(error: unknown): error is AcceptedError {
  if (typeof error !== 'object' || error === null) return false;
  return (
    'code' in error &&
    typeof error.code === 'string' &&
    'message' in error &&
    typeof error.message === 'string'
  );
}
