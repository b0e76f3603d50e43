/** Qt's NetworkError list as words, in Qt's order and groups. */
export const networkErrorCodes = [
  // The network between here and the peer.
  'connection-refused',
  'remote-host-closed',
  'host-not-found',
  'timeout',
  'operation-canceled',
  'tls-handshake-failed',
  'temporary-network-failure',
  'too-many-redirects',
  'insecure-redirect',
  'unknown-network',
  // A proxy on the way.
  'proxy-connection-refused',
  'proxy-connection-closed',
  'proxy-not-found',
  'proxy-timeout',
  'proxy-authentication-required',
  'unknown-proxy',
  // The content that was asked for.
  'content-access-denied',
  'content-operation-not-permitted',
  'content-not-found',
  'authentication-required',
  'content-re-send',
  'content-conflict',
  'content-gone',
  'unknown-content',
  // The protocol that was spoken.
  'protocol-unknown',
  'protocol-invalid-operation',
  'protocol-failure',
  // The server.
  'internal-server',
  'operation-not-implemented',
  'service-unavailable',
  'unknown-server',
] as const;

/** One word of Qt's NetworkError list. */
export type NetworkErrorCode = (typeof networkErrorCodes)[number];

const known: ReadonlySet<string> = new Set(networkErrorCodes);
const brand = Symbol.for('netaccess.NetworkError');

/** What a `NetworkError` says beyond its message. */
export interface NetworkErrorDetails {
  /** What was asked for; user and password are taken out before it is kept. */
  readonly url?: URL | undefined;
  /** Sending the same again may succeed. */
  readonly temporary?: boolean | undefined;
  readonly cause?: unknown;
}

/** The one error of this project. `code` and `temporary` are promised; the text of the message is not. */
export class NetworkError extends Error {
  static {
    this.prototype.name = 'NetworkError';
  }
  readonly code: NetworkErrorCode;
  readonly temporary: boolean;
  readonly url: URL | undefined;

  constructor(code: NetworkErrorCode, message: string, details: NetworkErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.temporary = details.temporary ?? false;
    this.url = details.url && withoutUserinfo(details.url);
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for the errors of every copy of this package, which `instanceof` is not. */
  static is(error: unknown): error is NetworkError {
    return typeof error === 'object' && error !== null && brand in error;
  }

  /** `error` as a `NetworkError` about `url`: itself, or wrapped by the code it carries, or `unknown-network`. */
  static from(error: unknown, url?: URL): NetworkError {
    if (NetworkError.is(error)) {
      if (error.url !== undefined || url === undefined) return error;
      const { code, message, temporary, cause } = error;
      const located = new NetworkError(code, withoutSecrets(message, url), {
        url,
        temporary,
        cause,
      });
      if (error.stack !== undefined) located.stack = withoutSecrets(error.stack, url);
      return located;
    }
    if (!isError(error)) {
      const what = typeof error === 'string' ? error : typeof error;
      const message = withoutSecrets(`not an Error was thrown: ${what}`, url);
      return new NetworkError('unknown-network', message, { url });
    }
    const code = carriedCode(error) ?? 'unknown-network';
    const temporary = 'temporary' in error && error.temporary === true;
    const message = withoutSecrets(error.message, url);
    // Whoever prints an error prints its cause.
    const cause = message === error.message ? error : error.cause;
    return new NetworkError(code, message, { url, temporary, cause });
  }
}

/** Of any realm. */
function isError(value: unknown): value is Error {
  if (value instanceof Error) return true;
  return (
    typeof value === 'object' &&
    value !== null &&
    'message' in value &&
    typeof value.message === 'string'
  );
}

function carriedCode(error: Error): NetworkErrorCode | undefined {
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && isNetworkErrorCode(code) ? code : undefined;
}

/** True for the words of Qt's list, and false for a system's `ECONNRESET`. */
export function isNetworkErrorCode(code: string): code is NetworkErrorCode {
  return known.has(code);
}

/** The same URL without user and password: what may appear in an error, a log or a `Referer`. */
export function withoutUserinfo(url: URL): URL {
  if (url.username === '' && url.password === '') return url;
  const clean = new URL(url);
  clean.username = '';
  clean.password = '';
  return clean;
}

/** A backend's message may quote the URL that it was given, or a part of it, user and password included. */
function withoutSecrets(message: string, url: URL | undefined): string {
  if (url === undefined || (url.username === '' && url.password === '')) return message;
  const password = url.password === '' ? '' : `:${url.password}`;
  return message.replaceAll(`${url.username}${password}@`, '');
}
