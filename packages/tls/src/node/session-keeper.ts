import type { TLSSocket } from 'node:tls';

import type { TlsOptions } from '@netaccess/transport';

import { openSession, sealSession } from '../sessions.ts';
import type { SealedSession } from '../sessions.ts';
import { unaccepted } from '../verdict.ts';
import type { Verdict } from '../verdict.ts';
import type { SharedContext } from './secure-context.ts';

/** What sessions of one handshake are bound to. */
export interface SessionBinding {
  readonly options: TlsOptions;
  readonly serverName: string;
  readonly context: SharedContext;
}

/**
 * Takes one session out of the slot and puts those that come into it. A session goes no further than its connection's options: it is
 * offered only for the same name, trust and identity of this side, and only where all errors that were accepted then are accepted now.
 */
export class SessionKeeper {
  readonly #options: TlsOptions;
  readonly #binding: string;
  #offered: SealedSession | undefined;
  #verdict: Verdict | undefined;
  /** TLS 1.2 gives its session before the peer was judged. */
  readonly #early: Uint8Array[] = [];

  constructor({ options, serverName, context }: SessionBinding) {
    this.#options = options;
    this.#binding = `${context.digest} ${serverName}`;
  }

  get offeredSession(): SealedSession | undefined {
    return this.#offered;
  }

  /** The session to offer, as Node gave it. */
  offered(): Uint8Array | undefined {
    const bytes = this.#options.session?.take();
    const sealed = bytes && openSession(bytes);
    if (sealed === undefined || sealed.binding !== this.#binding) return undefined;
    if (unaccepted(sealed.accepted, this.#options).length > 0) return undefined;
    this.#offered = sealed;
    return sealed.session;
  }

  received(session: Uint8Array): void {
    if (this.#verdict === undefined) this.#early.push(session);
    else this.#put(session, this.#verdict);
  }

  /** The peer was accepted. A TLS 1.2 session may serve again; one of TLS 1.3 is used up. */
  decided(verdict: Verdict, socket: TLSSocket): void {
    this.#verdict = verdict;
    const again = this.#early.length === 0 && socket.isSessionReused();
    if (again && this.#offered && socket.getProtocol() === 'TLSv1.2') {
      this.#early.push(this.#offered.session);
    }
    for (const session of this.#early) this.#put(session, verdict);
    this.#early.length = 0;
  }

  #put(session: Uint8Array, { certificate, errors }: Verdict): void {
    if (certificate === undefined) return;
    const sealed = {
      binding: this.#binding,
      accepted: errors,
      certificate: certificate.raw,
      session,
    };
    this.#options.session?.put(sealSession(sealed));
  }
}
