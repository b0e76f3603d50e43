import type { Clock } from '@netaccess/core';
import type { Channel, SecureChannel, TlsOptions, TlsProvider } from '@netaccess/transport';

/** What a provider works with besides the options of each channel. */
export interface NodeTlsMeans {
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** A secured channel of Node's; it knows one thing more than the contract asks. */
export interface NodeSecured extends SecureChannel {
  /**
   * Whether the peer's end, once it was read, came without its close_notify, as it does when somebody cuts the connection: what has no
   * length of its own may be incomplete then. `undefined`: this platform cannot tell. The channel can only be closed afterwards.
   */
  wasCutOff(): Promise<boolean | undefined>;
}

/**
 * Secures channels with `node:tls`, which is loaded when the first one is. `defaults` hold where a channel's options have nothing of
 * their own. A channel that cannot be secured is closed.
 */
export function nodeTls(defaults: TlsOptions = {}, means: NodeTlsMeans = {}): NodeTlsProvider {
  return {
    async secure(channel: Channel, options: TlsOptions): Promise<NodeSecured> {
      const { secureChannel } = await import('./node/secure.ts');
      return secureChannel(channel, merged(defaults, options), means.clock ?? systemClock);
    },
  };
}

/** A provider whose channels are `NodeSecured`. */
export interface NodeTlsProvider extends TlsProvider {
  secure(channel: Channel, options: TlsOptions): Promise<NodeSecured>;
}

/** A member that is present as `undefined` does not hide the default. */
function merged(defaults: TlsOptions, options: TlsOptions): TlsOptions {
  const stated = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(stated) };
}

/** Node's timers are over at once where they are to take longer. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** Its timers keep no process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(callback, delayMilliseconds) {
    const delay = Math.min(delayMilliseconds, LONGEST_TIMER_MILLISECONDS);
    const timer = setTimeout(callback, delay).unref();
    return () => clearTimeout(timer);
  },
};
