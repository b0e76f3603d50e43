import { networkFailure } from '@netaccess/transport';

/** The peer closed before its reply was there. */
export function closedEarly(inHead: boolean, cause: unknown): Error {
  const what = inHead
    ? 'closed the connection in the middle of the head'
    : 'closed the connection without a reply';
  return networkFailure('remote-host-closed', what, { temporary: true, cause });
}

/** Somebody may have ended the connection in the peer's stead (RFC 9112 §9.8). */
export function cutOff(): Error {
  const what = 'the connection was cut off, so that the body may be incomplete';
  return networkFailure('remote-host-closed', what, { temporary: true });
}

/** A channel speaks in words; one that hands on the system's says at least that it is lost. */
export function lostChannel(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if ('code' in error && typeof error.code === 'string' && /^[a-z]/.test(error.code)) return error;
  return networkFailure('remote-host-closed', error.message, { temporary: true, cause: error });
}

/** What is the peer's doing says which peer. */
export function explained(error: unknown, host: string): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (!('code' in error)) return error;
  const { code, message } = error;
  if (code !== 'protocol-failure' && code !== 'remote-host-closed') return error;
  const temporary = 'temporary' in error && error.temporary === true;
  return networkFailure(code, `${host}: ${message}`, { temporary, cause: error.cause ?? error });
}

/** Whether the connection was ended, rather than misused. */
export function isClosure(error: Error): boolean {
  return 'code' in error && error.code === 'remote-host-closed';
}
