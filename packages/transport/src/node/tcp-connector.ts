import type { Clock } from '@netaccess/core';

import type { Channel, ConnectOptions, Connector, Target } from '../contract.ts';
import { checkTarget } from '../target.ts';
import { lookupAll } from './happy-eyeballs.ts';
import type { Lookup } from './happy-eyeballs.ts';
import { Interruption } from './interruption.ts';
import { openTarget } from './open-target.ts';
import { openThroughProxy } from './open-through-proxy.ts';
import { systemClock } from './system-clock.ts';

/** How a connector finds addresses and tells the time. */
export interface TcpConnectorOptions {
  /** Default: the system's resolver. */
  readonly lookup?: Lookup | undefined;
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/** Opens TCP channels (Happy Eyeballs v2, RFC 8305), unix sockets, and tunnels through `http:`, `socks5:` and `socks5h:` proxies. */
export function tcpConnector(options: TcpConnectorOptions = {}): Connector {
  const way = { lookup: options.lookup ?? lookupAll, clock: options.clock ?? systemClock };
  return {
    async connect(target: Target, connectOptions: ConnectOptions): Promise<Channel> {
      checkTarget(target);
      const interruption = new Interruption(connectOptions, way.clock);
      const { proxy, proxyCredentials } = connectOptions;
      try {
        if (proxy === undefined || target.path !== undefined) {
          return await openTarget({ ...way, interruption, connectTo: target, peer: target });
        }
        const through = { ...way, interruption, target, proxy, proxyCredentials };
        return await openThroughProxy(through);
      } finally {
        interruption.close();
      }
    },
  };
}
