export { TlsObserver } from './alerts/observer.ts';
export type { AlertSighting } from './alerts/observer.ts';
