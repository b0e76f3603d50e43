import type { NetworkErrorCode, ReplyHead } from '@netaccess/core';
import { networkFailure } from '@netaccess/transport';

import type { FtpReply } from './control-context.ts';

/** Characters of a reply that are quoted in a message. */
const MAXIMUM_QUOTED_CHARACTERS = 300;

/** As Qt's FTP backend had them, and the rest by what RFC 959, 2228 and 4217 say that they mean. */
const codes: ReadonlyMap<number, NetworkErrorCode> = new Map([
  [331, 'authentication-required'],
  [332, 'authentication-required'],
  [421, 'service-unavailable'],
  [425, 'remote-host-closed'],
  [426, 'remote-host-closed'],
  [430, 'authentication-required'],
  [431, 'tls-handshake-failed'],
  [434, 'host-not-found'],
  [450, 'content-access-denied'],
  [451, 'internal-server'],
  [452, 'unknown-server'],
  [500, 'operation-not-implemented'],
  [501, 'protocol-invalid-operation'],
  [502, 'operation-not-implemented'],
  [503, 'protocol-failure'],
  [504, 'operation-not-implemented'],
  [521, 'tls-handshake-failed'],
  [522, 'tls-handshake-failed'],
  [530, 'authentication-required'],
  [532, 'content-access-denied'],
  [533, 'tls-handshake-failed'],
  [534, 'tls-handshake-failed'],
  [535, 'tls-handshake-failed'],
  [536, 'tls-handshake-failed'],
  [550, 'content-not-found'],
  [551, 'unknown-content'],
  [552, 'unknown-server'],
  [553, 'content-access-denied'],
]);

/** What servers write after 550, in the order in which it is looked for: "not a plain file" may well be "access denied". */
const words: readonly (readonly [RegExp, NetworkErrorCode])[] = [
  [
    /no such|not found|(?:does|do)(?: not|n.t) exist|(?:can(?:no|')t|unable to) find|not exist/i,
    'content-not-found',
  ],
  [
    /is a directory|not a (?:plain|regular|data) file|not a file/i,
    'content-operation-not-permitted',
  ],
  [
    /permission|denied|not permitted|forbidden|not allowed|unauthori[sz]ed/i,
    'content-access-denied',
  ],
  [/already exists|file exists|not empty/i, 'content-conflict'],
];

/** A failure that core wraps by its code; temporary if sending the same again may help. */
export function ftpFailure(
  code: NetworkErrorCode,
  message: string,
  details: { readonly cause?: unknown; readonly temporary?: boolean | undefined } = {},
): Error {
  return networkFailure(code, message, { cause: details.cause, temporary: details.temporary });
}

/** What a closed exchange rejects with. */
export function closedFailure(): Error {
  return ftpFailure('operation-canceled', 'the exchange was closed');
}

/** The word for a failing reply. */
export function replyCode({ code, message }: FtpReply): NetworkErrorCode {
  // Servers that protect logins say so by 530, too; no other password would help.
  if (code === 530 && /\b(?:tls|ssl|encrypt\w*)\b/i.test(message)) return 'tls-handshake-failed';
  if (code === 550 || code === 450 || code === 553)
    return wordOf(message) ?? codes.get(code) ?? 'unknown-content';
  return codes.get(code) ?? (code >= 400 && code < 600 ? 'unknown-server' : 'protocol-failure');
}

/** What the text of a 550 says; `undefined`: nothing that is known. */
export function wordOf(message: string): NetworkErrorCode | undefined {
  return words.find(([pattern]) => pattern.test(message))?.[1];
}

/** A failing reply as the error of a head: the server answered. */
export function replyError(
  reply: FtpReply,
  doing: string,
  code: NetworkErrorCode = replyCode(reply),
): NonNullable<ReplyHead['error']> {
  const message = `cannot ${doing}: the server replied ${printable(reply.message)}`;
  return reply.code >= 400 && reply.code < 500
    ? { code, message, temporary: true }
    : { code, message };
}

/** The same as a failure, for where no head can carry it. */
export function replyFailure(reply: FtpReply, doing: string, code?: NetworkErrorCode): Error {
  const { temporary, ...error } = replyError(reply, doing, code);
  return ftpFailure(error.code, error.message, { temporary });
}

/** A server's text, safe for a terminal or a log. */
export function printable(text: string): string {
  return decoded(text)
    .slice(0, MAXIMUM_QUOTED_CHARACTERS)
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim();
}

/** UTF-8 where it is that, otherwise a character for each byte. */
export function decoded(latin1: string): string {
  if (!/[\x80-\xff]/.test(latin1)) return latin1;
  try {
    return utf8.decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return latin1;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
