import type { Clock } from '@netaccess/core';
import type { CertificateError, TlsAlertName, TlsOptions, TlsPlace } from '@netaccess/transport';

import { alertForError, alertForMissing, firstError } from '../alert-for-error.ts';
import { handshakeFailure, refusalReason } from '../handshake-error.ts';
import { unaccepted } from '../verdict.ts';
import type { Verdict } from '../verdict.ts';
import { Question } from './ask-caller.ts';
import { interrupts } from './tap/tapping.ts';
import type { Tapping } from './tap/tapping.ts';

/** A peer is refused: what to fail with, and what it is told, if it can be told anything. */
export interface Refusal {
  readonly error: Error;
  readonly alert: TlsAlertName | undefined;
}

/** What a decision is about, besides the verdict. */
export interface Decided {
  readonly options: TlsOptions;
  readonly peerName: string;
  readonly place: () => TlsPlace;
  readonly tapping: Tapping | undefined;
  readonly clock: Clock;
}

/** Decides about the peer of one handshake, once or, where something new is found at its end, twice. */
export class PeerDecision {
  readonly #about: Decided;
  readonly #accepted = new Set<string>();
  /** While somebody is asked: what to do if that comes to no end. */
  #pending: { readonly alert: TlsAlertName; readonly withdraw: (error: Error) => void } | undefined;

  constructor(about: Decided) {
    this.#about = about;
  }

  /** Nothing: the peer is accepted. A function: it is to be held and somebody asked, which gives a refusal or nothing. */
  decide(
    verdict: Verdict,
    protocol: string | null,
    word = '',
  ): Refusal | (() => Promise<Refusal | undefined>) | undefined {
    const errors = unaccepted(verdict.errors, askable(this.#about.options)).filter(
      (error) => !this.#accepted.has(keyOf(error)),
    );
    const [some, ...others] = errors;
    if (some === undefined) return undefined;
    const first = firstError([some, ...others]);
    const missing = first.code === 'no-peer-certificate';
    const alert = missing ? alertForMissing(protocol) : alertForError(first, word);
    const refusal = { error: this.#failure(verdict), alert };
    const { tapping, options } = this.#about;
    const final = missing && options.missingCertificateIsFatal === true;
    if (tapping === undefined || final || !interrupts(options)) return refusal;
    if (options.onHandshakeInterrupted === undefined) return refusal;
    return () => this.#ask({ verdict, first, errors, protocol, refusal });
  }

  /** Nobody waits for an answer any more: returns what the peer is to be told, if somebody was asked. */
  withdraw(error: Error): TlsAlertName | undefined {
    const pending = this.#pending;
    pending?.withdraw(error);
    return pending?.alert;
  }

  async #ask(asked: {
    readonly verdict: Verdict;
    readonly first: CertificateError;
    readonly errors: readonly CertificateError[];
    readonly protocol: string | null;
    readonly refusal: Refusal & { readonly alert: TlsAlertName };
  }): Promise<Refusal | undefined> {
    const { verdict, first, errors, protocol, refusal } = asked;
    const question = new Question(this.#about.options, this.#about.clock);
    this.#pending = { alert: refusal.alert, withdraw: (error) => question.withdraw(error) };
    try {
      const decision = await question.ask({
        ...this.#about.place(),
        error: first,
        errors,
        chain: verdict.chain.map(({ raw }) => raw),
        protocol: protocol ?? 'unknown',
      });
      if (decision === 'late') return { ...refusal, error: this.#late(verdict, question) };
      if (decision === 'refuse') return refusal;
      for (const error of errors) this.#accepted.add(keyOf(error));
      return undefined;
    } catch (error) {
      return { ...refusal, error: error instanceof Error ? error : new Error(String(error)) };
    } finally {
      this.#pending = undefined;
    }
  }

  #failure(verdict: Verdict): Error {
    const details = { certificateErrors: verdict.errors };
    return handshakeFailure(this.#about.peerName, refusalReason(verdict), details);
  }

  #late(verdict: Verdict, { milliseconds }: Question): Error {
    const reason = `nobody decided within ${milliseconds} ms: ${refusalReason(verdict)}`;
    return handshakeFailure(this.#about.peerName, reason, { certificateErrors: verdict.errors });
  }
}

/** Who only queries a peer accepts all errors, but those that somebody can be asked about. */
function askable(options: TlsOptions): TlsOptions {
  const asks = interrupts(options) && options.onHandshakeInterrupted !== undefined;
  if (!asks || options.peerVerifyMode !== 'query') return options;
  return { ...options, peerVerifyMode: 'verify' };
}

/** The same error of another certificate is another one. */
function keyOf({ code, certificate }: CertificateError): string {
  return `${code} ${certificate === undefined ? '' : Buffer.from(certificate).toString('base64')}`;
}
