import type { TLSSocket } from 'node:tls';

import type { Clock } from '@netaccess/core';
import type { Channel, TlsAlertName, TlsObservation, TlsPlace } from '@netaccess/transport';

import { streamChannel } from '../stream-channel.ts';
import { AlertWatch } from './alert-watch.ts';
import { Tap } from './tap.ts';

/** A peer that was told why it is refused ends the connection; whoever does not is waited for no longer. */
const LONGEST_FAREWELL_MILLISECONDS = 1000;

const changeCipherSpec = 20;
const HEADER_BYTES = 5;

/** Whether anything of it is asked for: otherwise TLS and the channel are not to be parted. */
export function wantsTap(options: TlsObservation): boolean {
  return (
    options.onAlertSent !== undefined ||
    options.onAlertReceived !== undefined ||
    interrupts(options)
  );
}

/** Whether an error ends the handshake while it is in progress. */
export function interrupts(options: TlsObservation): boolean {
  return options.handshakeMustInterruptOnError ?? options.onHandshakeInterrupted !== undefined;
}

/** A tap, and what watches it. */
export class Tapping {
  readonly tap: Tap;
  readonly watch: AlertWatch;

  constructor(
    channel: Channel,
    role: 'client' | 'server',
    { options, place }: { readonly options: TlsObservation; readonly place: () => TlsPlace },
  ) {
    const source = channel.usedAsStream === true ? streamChannel(channel.toDuplex()) : channel;
    this.watch = new AlertWatch(role, options, place);
    this.tap = new Tap(source, this.watch);
    this.watch.onThrown = (error) => this.tap.break(error);
  }

  /** Gives the socket what a library expects of one that is connected by itself. */
  dress(socket: TLSSocket, { address }: Channel): void {
    const family = { 0: undefined, 4: 'IPv4', 6: 'IPv6' }[address.family];
    const fixed = {
      remoteAddress: address.address,
      remotePort: address.port,
      remoteFamily: family,
    };
    for (const [name, value] of Object.entries(fixed)) {
      if (family !== undefined) Object.defineProperty(socket, name, { value, configurable: true });
    }
    const { tap } = this;
    socket.ref = () => (tap.setIdle(false), socket);
    socket.unref = () => (tap.setIdle(true), socket);
  }

  /** Sends a fatal alert in place of what is held. Resolves when the peer has had it. */
  async refuse(name: TlsAlertName, clock: Clock): Promise<void> {
    const alert = this.watch.seal(name);
    const records = alert === undefined ? [] : [...this.#heldChange(alert), alert];
    const enough = new AbortController();
    const cancel = clock.schedule(() => enough.abort(), LONGEST_FAREWELL_MILLISECONDS);
    try {
      await this.tap.dismiss(records, enough.signal);
    } finally {
      cancel();
    }
  }

  /** What is not clear any more has to be announced to those on the way (RFC 8446 §D.4). */
  #heldChange(alert: Uint8Array): readonly Uint8Array[] {
    const [first] = this.tap.flight;
    const encrypted = alert[0] !== 21;
    if (!encrypted || first?.[0] !== changeCipherSpec) return [];
    return [first.slice(0, HEADER_BYTES + 1)];
  }
}
