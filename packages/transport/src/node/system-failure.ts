import type { NetworkErrorCode } from '@netaccess/core';

import { networkFailure } from '../network-failure.ts';
import type { NetworkFailure } from '../network-failure.ts';

const codes: Readonly<Record<string, NetworkErrorCode>> = {
  ECONNREFUSED: 'connection-refused',
  ENOTFOUND: 'host-not-found',
  ENODATA: 'host-not-found',
  EAI_NONAME: 'host-not-found',
  EAI_FAIL: 'host-not-found',
  // A unix socket that is not there.
  ENOENT: 'host-not-found',
  ENOTSOCK: 'host-not-found',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'remote-host-closed',
  ECONNABORTED: 'remote-host-closed',
  EPIPE: 'remote-host-closed',
  EAI_AGAIN: 'temporary-network-failure',
  ENETUNREACH: 'temporary-network-failure',
  EHOSTUNREACH: 'temporary-network-failure',
  ENETDOWN: 'temporary-network-failure',
  EHOSTDOWN: 'temporary-network-failure',
  EADDRNOTAVAIL: 'temporary-network-failure',
  ENOBUFS: 'temporary-network-failure',
  EMFILE: 'temporary-network-failure',
  ENFILE: 'temporary-network-failure',
  EACCES: 'content-access-denied',
  EPERM: 'content-access-denied',
  ENAMETOOLONG: 'protocol-invalid-operation',
  EINVAL: 'protocol-invalid-operation',
  ERR_SOCKET_BAD_PORT: 'protocol-invalid-operation',
  ERR_INVALID_ARG_VALUE: 'protocol-invalid-operation',
};

const temporary: ReadonlySet<NetworkErrorCode> = new Set([
  'timeout',
  'remote-host-closed',
  'temporary-network-failure',
]);

/** Node's own name of what went wrong, such as "ECONNRESET". */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The NetworkError code for what the system said. */
export function codeOf(error: unknown): NetworkErrorCode {
  return codes[systemCode(error) ?? ''] ?? 'unknown-network';
}

/** Trying again may help: the peer or the way to it may be better soon. */
export function isTemporary(code: NetworkErrorCode): boolean {
  return temporary.has(code);
}

/** `what` happened, with the system's word for it. */
export function systemFailure(error: unknown, what: string): NetworkFailure {
  const code = codeOf(error);
  const word = systemCode(error) ?? (error instanceof Error ? error.message : String(error));
  return networkFailure(code, `${what} (${word})`, {
    cause: error,
    temporary: isTemporary(code),
  });
}
