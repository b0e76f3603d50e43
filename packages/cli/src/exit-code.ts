/** curl's exit codes, those that occur here. */
export const exitCodes = {
  ok: 0,
  unsupportedScheme: 1,
  usage: 2,
  malformedUrl: 3,
  proxyNotFound: 5,
  hostNotFound: 6,
  notConnected: 7,
  strangeAnswer: 8,
  accessDenied: 9,
  partial: 18,
  failingAnswer: 22,
  notWritten: 23,
  notRead: 26,
  timeout: 28,
  tlsFailed: 35,
  fileNotRead: 37,
  tooManyRedirects: 47,
  emptyAnswer: 52,
  notReceived: 56,
  badCertificate: 58,
  certificateRefused: 60,
  notRewound: 65,
  loginDenied: 67,
  remoteNotFound: 78,
  badCaFile: 77,
  /** No code of curl's: `cache verify` found something, and removed it. */
  damaged: 96,
  proxyFailed: 97,
  interrupted: 130,
} as const;

/** Where a transfer was when it failed. */
export interface FailurePoint {
  readonly url: URL;
  /** The head of a reply had come. */
  readonly answered: boolean;
}

/** What of a `NetworkError` decides; the error of any copy of the packages has it. */
interface CodedFailure {
  readonly code: string;
  readonly cause?: unknown;
}

/** The code with which curl would end after the same failure. */
export function exitCodeOf(failure: CodedFailure, { url, answered }: FailurePoint): number {
  const direct = always[failure.code];
  if (direct !== undefined) return direct;
  const local = url.protocol === 'file:';
  switch (failure.code) {
    case 'tls-handshake-failed':
      return hasCertificateErrors(failure) ? exitCodes.certificateRefused : exitCodes.tlsFailed;
    case 'remote-host-closed':
      return answered ? exitCodes.partial : exitCodes.emptyAnswer;
    case 'protocol-failure':
      if (url.protocol === 'data:') return exitCodes.malformedUrl;
      return answered ? exitCodes.notReceived : exitCodes.strangeAnswer;
    case 'content-not-found':
      return local ? exitCodes.fileNotRead : exitCodes.remoteNotFound;
    case 'content-access-denied':
    case 'content-operation-not-permitted':
      return local ? exitCodes.fileNotRead : exitCodes.accessDenied;
    default:
      return exitCodes.notReceived;
  }
}

const always: Readonly<Record<string, number>> = {
  'connection-refused': exitCodes.notConnected,
  'host-not-found': exitCodes.hostNotFound,
  timeout: exitCodes.timeout,
  'operation-canceled': exitCodes.interrupted,
  'temporary-network-failure': exitCodes.notConnected,
  'too-many-redirects': exitCodes.tooManyRedirects,
  'insecure-redirect': exitCodes.unsupportedScheme,
  'proxy-connection-refused': exitCodes.notConnected,
  'proxy-connection-closed': exitCodes.proxyFailed,
  'proxy-not-found': exitCodes.proxyNotFound,
  'proxy-timeout': exitCodes.timeout,
  'proxy-authentication-required': exitCodes.notReceived,
  'unknown-proxy': exitCodes.proxyFailed,
  'authentication-required': exitCodes.loginDenied,
  'content-re-send': exitCodes.notRewound,
  'protocol-unknown': exitCodes.unsupportedScheme,
  'protocol-invalid-operation': exitCodes.malformedUrl,
};

/** TLS hangs the list of what was wrong with a certificate on the error that core wraps. */
function hasCertificateErrors(error: CodedFailure): boolean {
  for (let one: unknown = error, depth = 0; one instanceof Error && depth < 4; depth += 1) {
    if ('certificateErrors' in one && Array.isArray(one.certificateErrors)) {
      return one.certificateErrors.length > 0;
    }
    one = one.cause;
  }
  return false;
}
