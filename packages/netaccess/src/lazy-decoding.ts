import type { Policy } from '@netaccess/core';

/** Their bytes have no content coding, so nothing is asked for and nothing is loaded. */
const uncoded: ReadonlySet<string> = new Set(['data:', 'file:', 'ftp:', 'ftps:']);

/** Undoes content codings, for every scheme that may have them; loaded when such a scheme is first asked for. */
export function lazyDecoding(): Policy {
  let decoding: Policy | undefined;
  return (request, next) => {
    if (uncoded.has(request.url.protocol)) return next(request);
    if (decoding !== undefined) return decoding(request, next);
    return import('@netaccess/backend-http').then(({ decodeContent }) => {
      decoding ??= decodeContent();
      return decoding(request, next);
    });
  };
}
