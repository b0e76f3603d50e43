import type { Channel } from '../contract.ts';
import { networkFailure } from '../network-failure.ts';

/** Not written yet. */
export function openThroughProxy({ proxy }: { proxy: URL }): Promise<Channel> {
  return Promise.reject(networkFailure('unknown-proxy', `proxy scheme ${proxy.protocol}`));
}
