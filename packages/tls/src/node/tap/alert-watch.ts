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
  #socket: TLSSocket | undefined;
  /** The last alert of the peer that ends the connection, other than a goodbye. */
  refusal: TlsAlert | undefined;
  /** What a caller's function threw. */
  thrown: Error | undefined;
  /** Called when one that is asynchronous has failed. */
  onThrown: (error: Error) => void = () => undefined;

  constructor(role: 'client' | 'server', told: TlsObservation, place: () => TlsPlace) {
    this.#observer = new TlsObserver(role);
    this.#told = told;
    this.#place = place;
  }

  /** Alerts are encrypted: the secrets that open them come by the socket's key log. */
  listen(socket: TLSSocket): void {
    this.#socket = socket;
    socket.on('keylog', (line: Buffer) => this.#observer.keyLog(line));
    socket.once('close', () => this.#observer.wipe());
  }

  received(bytes: Uint8Array): readonly AlertSighting[] | undefined {
    return this.#observer.received(bytes);
  }

  tell({ alert }: AlertSighting): void {
    if (this.#isFatal(alert)) this.refusal = alert;
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

  /** In TLS 1.3 the level on the wire means nothing (RFC 8446 §6). */
  #isFatal({ name, level }: TlsAlert): boolean {
    if (name === 'close_notify' || name === 'user_canceled') return false;
    return level === 'fatal' || this.#socket?.getProtocol() === 'TLSv1.3';
  }

  #tell(listener: TlsObservation['onAlertSent'], alert: TlsAlert): void {
    try {
      const outcome = listener?.(alert, this.#place());
      if (outcome instanceof Promise) outcome.catch((error: unknown) => this.#failLate(error));
    } catch (error) {
      this.thrown = asError(error);
      throw this.thrown;
    }
  }

  #failLate(error: unknown): void {
    this.thrown = asError(error);
    this.onThrown(this.thrown);
  }
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));
