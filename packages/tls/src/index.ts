export { nodeTls } from './provider.ts';
export type { NodeSecured, NodeTlsMeans, NodeTlsProvider } from './provider.ts';
export { sessionSlot } from './sessions.ts';
