import type { TLSSocket } from 'node:tls';

import type { TlsAlert, TlsAlertName, TlsObservation, TlsPlace } from '@netaccess/transport';

import type { AlertSighting } from '../../alerts/observer.ts';
import { TlsObserver } from '../../alerts/observer.ts';
import type { TapWatch } from './tap.ts';

/** Tells a caller's functions of the alerts of one connection, each at its place among the bytes. */
export class AlertWatch implements TapWatch {
  readonly #observer: TlsObserver;
  readonly #told: TlsObservation;
  readonly #place: () => TlsPlace;
  /** The last alert of the peer that says more than goodbye. */
  refusal: TlsAlert | undefined;
  /** What a caller's function threw. */
  thrown: Error | undefined;

  constructor(role: 'client' | 'server', told: TlsObservation, place: () => TlsPlace) {
    this.#observer = new TlsObserver(role);
    this.#told = told;
    this.#place = place;
  }

  /** Alerts are encrypted: the secrets that open them come by the socket's key log. */
  listen(socket: TLSSocket): void {
    socket.on('keylog', (line: Buffer) => this.#observer.keyLog(line));
    socket.once('close', () => this.#observer.wipe());
  }

  received(bytes: Uint8Array): readonly AlertSighting[] | undefined {
    return this.#observer.received(bytes);
  }

  tell({ alert }: AlertSighting): void {
    if (alert.name !== 'close_notify') this.refusal = alert;
    this.#tell(this.#told.onAlertReceived, alert);
  }

  sent(bytes: Uint8Array): void {
    const found = this.#observer.sent(bytes);
    if (found === undefined) return;
    for (const { alert } of found) this.#tell(this.#told.onAlertSent, alert);
  }

  /** The record of a fatal alert, as TLS would send it now; nothing where the keys for it are not known. */
  seal(name: TlsAlertName): Uint8Array | undefined {
    return this.#observer.sealAlert('fatal', name);
  }

  #tell(listener: TlsObservation['onAlertSent'], alert: TlsAlert): void {
    try {
      listener?.(alert, this.#place());
    } catch (error) {
      this.thrown = error instanceof Error ? error : new Error(String(error));
      throw this.thrown;
    }
  }
}
