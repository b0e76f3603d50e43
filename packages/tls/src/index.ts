export { acceptTls } from './accept.ts';
export type { TlsAcceptOptions } from './accept.ts';
export type { AlertCause, HandshakeFailure } from './handshake-error.ts';
export { nodeTls } from './provider.ts';
export type { NodeSecured, NodeTlsMeans, NodeTlsProvider } from './provider.ts';
export { sessionSlot } from './sessions.ts';
