import type { NetworkErrorCode } from '@netaccess/core';
import { networkFailure, type NetworkFailure } from '@netaccess/transport';

import {
  CONNECT_ERROR,
  ENHANCE_YOUR_CALM,
  errorCodeName,
  HTTP_1_1_REQUIRED,
  INADEQUATE_SECURITY,
  INTERNAL_ERROR,
  NO_ERROR,
  REFUSED_STREAM,
  SETTINGS_TIMEOUT,
} from './error-code.ts';

/** Why a stream, or the whole connection, came to an end. */
export interface Http2Failure extends NetworkFailure {
  /** As in RFC 9113 §7: what was sent, or what came. */
  readonly errorCode: number;
  /** The peer sent it; otherwise this side found a fault with the peer, or gave up. */
  readonly fromPeer: boolean;
  /** The peer says that it did nothing for the request (RFC 9113 §8.7): it may be sent again, whatever it does. */
  readonly unprocessed: boolean;
}

/** Where a failure comes from. */
export interface FailureOrigin {
  readonly errorCode: number;
  readonly fromPeer: boolean;
  readonly unprocessed?: boolean | undefined;
  /** Instead of the word that goes with `errorCode`. */
  readonly code?: NetworkErrorCode | undefined;
}

/** The error for an end with this code; `what` names the cause. */
export function http2Failure(what: string, origin: FailureOrigin): Http2Failure {
  const { errorCode, fromPeer, unprocessed = errorCode === REFUSED_STREAM && fromPeer } = origin;
  const temporary =
    unprocessed || (fromPeer && errorCode === NO_ERROR) || origin.code === 'timeout';
  const message = `HTTP/2: ${what} (${errorCodeName(errorCode)})`;
  const failure = networkFailure(networkCode(origin), message, { temporary });
  return Object.assign(failure, { errorCode, fromPeer, unprocessed });
}

/** Whether a failure is one of these. */
export function isHttp2Failure(error: unknown): error is Http2Failure {
  return error instanceof Error && 'errorCode' in error && 'unprocessed' in error;
}

const words: ReadonlyMap<number, NetworkErrorCode> = new Map<number, NetworkErrorCode>([
  [NO_ERROR, 'remote-host-closed'],
  [INTERNAL_ERROR, 'internal-server'],
  [SETTINGS_TIMEOUT, 'timeout'],
  [CONNECT_ERROR, 'unknown-network'],
  [ENHANCE_YOUR_CALM, 'unknown-server'],
  [INADEQUATE_SECURITY, 'content-access-denied'],
  [HTTP_1_1_REQUIRED, 'protocol-failure'],
]);

/** Qt's words for the codes that a peer sends. What this side finds wrong is a failure of the protocol, but for a peer that is late. */
function networkCode({ errorCode, fromPeer, code }: FailureOrigin): NetworkErrorCode {
  if (code !== undefined) return code;
  if (!fromPeer && errorCode !== SETTINGS_TIMEOUT) return 'protocol-failure';
  return words.get(errorCode) ?? 'protocol-failure';
}
