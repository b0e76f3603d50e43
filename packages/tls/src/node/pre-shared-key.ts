import type { ConnectionOptions } from 'node:tls';

import type { PreSharedKey, TlsOptions } from '@netaccess/transport';

/**
 * Answers a server that knows a key of this side's. OpenSSL asks in the middle of the handshake, where nothing may be thrown: a caller's
 * function that fails is heard of by `failed`, and the handshake goes on without a key.
 */
export function preSharedKeyOf(
  { preSharedKey }: TlsOptions,
  failed: (error: unknown) => void,
): Pick<ConnectionOptions, 'pskCallback'> {
  if (preSharedKey === undefined) return {};
  return {
    pskCallback(hint) {
      const known = asked(preSharedKey, hint ?? undefined, failed);
      return known === undefined ? null : { identity: known.identity, psk: Buffer.from(known.key) };
    },
  };
}

function asked(
  stated: NonNullable<TlsOptions['preSharedKey']>,
  hint: string | undefined,
  failed: (error: unknown) => void,
): PreSharedKey | undefined {
  if (typeof stated !== 'function') return stated;
  try {
    return stated(hint);
  } catch (error) {
    failed(error);
    return undefined;
  }
}
