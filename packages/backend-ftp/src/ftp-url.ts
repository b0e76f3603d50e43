import { ftpFailure } from './reply-error.ts';

/** What a URL names on its server (RFC 1738 §3.2). */
export interface FtpPlace {
  /** Bytes as latin1, with a slash first only if it is absolute. Empty: where a login leads. */
  readonly path: string;
  /** Ends in a slash, is empty, or says `;type=d`. */
  readonly directory: boolean;
  readonly ascii: boolean;
  /** For messages. */
  readonly shown: string;
}

/** User and password, decoded to bytes as latin1. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** RFC 1635. An address of somebody's is no longer asked for, and given to nobody. */
const anonymous: Login = { user: 'anonymous', password: 'anonymous@' };

const typeSuffix = /;type=([^/;]*)$/i;

/** Throws for what no command may be made of, before anything is sent. */
export function ftpPlace(url: URL): FtpPlace {
  const [suffix = '', type = ''] = typeSuffix.exec(url.pathname) ?? [];
  if (suffix !== '' && !/^[aid]$/i.test(type)) {
    throw ftpFailure('protocol-invalid-operation', `"${suffix}" is no type of FTP's: a, i or d`);
  }
  const encoded = url.pathname.slice(1, url.pathname.length - suffix.length);
  const whole = percentDecoded(encoded, 'path');
  const directory = whole === '' || whole.endsWith('/') || type.toLowerCase() === 'd';
  return {
    path: whole.length > 1 && whole.endsWith('/') ? whole.replace(/\/+$/, '') || '/' : whole,
    directory,
    ascii: type.toLowerCase() === 'a',
    shown: `${url.protocol}//${url.host}${url.pathname}`,
  };
}

/** The login that a URL states; `undefined`: none. */
export function urlLogin({ username, password }: URL): Login | undefined {
  if (username === '' && password === '') return undefined;
  return loginOf({
    user: percentDecoded(username, 'user'),
    password: percentDecoded(password, 'password'),
  });
}

/** Bytes of what a person typed; throws for what no command can carry. Nothing secret is in the message. */
export function typedLogin(user: string | undefined, password: string | undefined): Login {
  return loginOf({
    user: user === undefined ? undefined : utf8Bytes(user),
    password: password === undefined ? undefined : utf8Bytes(password),
  });
}

/** Nobody in particular. */
export function anonymousLogin(): Login {
  return anonymous;
}

/** A name for which no command needs quoting: what FTP has no way to say is refused. */
export function checkWord(bytes: string, what: string): string {
  if (/[\r\n\0]/.test(bytes)) {
    throw ftpFailure('protocol-invalid-operation', `the ${what} holds CR, LF or NUL`);
  }
  return bytes;
}

/** The bytes of a text as latin1. */
export function utf8Bytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function loginOf({
  user = '',
  password = '',
}: Partial<Record<keyof Login, string | undefined>>): Login {
  return {
    user: checkWord(user, 'user') || anonymous.user,
    password: checkWord(password, 'password'),
  };
}

/** Byte by byte, so that names which are not UTF-8 can be reached, too. */
function percentDecoded(text: string, what: string): string {
  const bytes = utf8Bytes(text).replaceAll(/%([0-9a-f]{2})/gi, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return checkWord(bytes, what);
}
