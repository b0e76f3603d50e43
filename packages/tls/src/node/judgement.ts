import type { TLSSocket } from 'node:tls';

import type { TlsAlertName } from '@netaccess/transport';

import { handshakeFailure } from '../handshake-error.ts';
import type { Verdict } from '../verdict.ts';
import type { Handshake } from './handshake.ts';
import type { Refusal } from './peer-decision.ts';
import type { Tapping } from './tap/tapping.ts';

/** Ends a handshake: what to do with the socket, and with whoever waits for it. */
export interface HandshakeEnd {
  readonly socket: TLSSocket;
  /** Called once, and then nothing else is. */
  readonly failed: (error: Error) => void;
}

/** The way from a verdict to the end of a handshake: accepted, refused, or held until somebody has decided. */
export class Judgement {
  readonly #handshake: Handshake;
  readonly #end: HandshakeEnd;
  readonly #forget: () => void;
  #over = false;

  constructor(handshake: Handshake, end: HandshakeEnd) {
    this.#handshake = handshake;
    this.#end = end;
    this.#forget = handshake.interruption.listen(() => {
      const doing = `the TLS handshake with ${handshake.peerName}`;
      this.#giveUp(handshake.interruption.failure(doing));
    });
  }

  /** No more may happen to the handshake: it has succeeded, or it failed. */
  get over(): boolean {
    return this.#over;
  }

  /** Calls `accepted` at once or when somebody has said so; never after a failure. */
  of(verdict: Verdict, word: string, accepted: () => void): void {
    const { decision, tapping, interruption } = this.#handshake;
    const protocol = this.#end.socket.getProtocol();
    const decided = decision.decide(verdict, protocol, word);
    if (decided === undefined) return accepted();
    if (typeof decided !== 'function') return this.fail(decided.error, decided.alert);
    tapping?.tap.hold((error) => this.#lost(error));
    interruption.stop();
    void this.#held(decided, accepted);
  }

  async #held(ask: () => Promise<Refusal | undefined>, accepted: () => void): Promise<void> {
    const refusal = await ask();
    if (this.#over) return;
    if (refusal !== undefined) return this.fail(refusal.error, refusal.alert);
    this.#handshake.interruption.goOn();
    try {
      accepted();
    } catch (error) {
      return this.fail(error instanceof Error ? error : new Error(String(error)));
    }
    this.#handshake.tapping?.tap.release();
  }

  succeeded(): void {
    this.#over = true;
    this.#forget();
  }

  /** `alert` is what the peer is told first, where a tap can. */
  fail(error: Error, alert?: TlsAlertName): void {
    if (this.#over) return;
    this.succeeded();
    const { tapping } = this.#handshake;
    this.#end.socket.on('error', ignoreLater);
    if (tapping === undefined || alert === undefined) this.#close(error);
    else void this.#tell(tapping, alert, error);
  }

  async #tell(tapping: Tapping, alert: TlsAlertName, error: Error): Promise<void> {
    try {
      await tapping.refuse(alert, this.#handshake.clock);
      this.#close(error);
    } catch {
      this.#close(tapping.watch.thrown ?? error);
    }
  }

  #close(error: Error): void {
    this.#end.socket.destroy();
    this.#end.failed(error);
  }

  /** Whoever was asked is told that no answer is wanted, and the peer what was wrong. */
  #giveUp(error: Error): void {
    this.fail(error, this.#handshake.decision.withdraw(error));
  }

  #lost(error: Error | undefined): void {
    const { peerName, tapping } = this.#handshake;
    const alert = tapping?.watch.refusal;
    const left = alert === undefined ? 'closed the connection' : `sent ${alert.name}`;
    const reason = `the peer ${left} while the handshake waited for a decision`;
    const failure = handshakeFailure(peerName, reason, { cause: error, alert });
    this.#handshake.decision.withdraw(failure);
    this.fail(failure);
  }
}

const ignoreLater = (): void => undefined;
