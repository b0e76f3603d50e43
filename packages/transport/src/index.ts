export type * from './contract.ts';
export { connectVia } from './connect-via.ts';
export type { ConnectedVia, ConnectViaOptions } from './connect-via.ts';
export { environmentProxies } from './environment-proxies.ts';
export type { Environment } from './environment-proxies.ts';
export { memoryChannelPair } from './memory-channel.ts';
export { networkFailure } from './network-failure.ts';
export type { NetworkFailure, NetworkFailureDetails } from './network-failure.ts';
