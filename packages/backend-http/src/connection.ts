import type { Clock } from '@netaccess/core';
import type { Address } from '@netaccess/transport';

import type { Exchange } from './exchange.ts';
import type { Outgoing } from './outgoing.ts';

/** What a pool keeps, whatever version of HTTP it speaks. */
export interface Connection {
  /** False once the peer or this side closed it. */
  readonly open: boolean;
  /** It was idle at least once: the peer may have closed it unnoticed. */
  kept: boolean;
  /** When it was last put aside, on the keeper's clock, and for how long. */
  idleSince: number;
  idleMilliseconds: number;
  /** The keeper's, when it was opened. */
  generation: number;
  /** What the last request said about it. */
  wantedIdleMilliseconds: number | undefined;
  exchange(outgoing: Outgoing): Exchange;
  /** While idle it holds no process and no buffer; what comes meanwhile closes it. */
  setIdle(idle: boolean): void;
  /** It was taken and is not used. */
  giveBack(): void;
  close(): Promise<void>;
}

/** Carries several exchanges at once, and answers the peer also while it carries none. */
export interface SharedConnection extends Connection {
  /** How many more exchanges can begin now. For good 0 once either side said that it takes no more. */
  readonly room: number;
  /** Takes exchanges, now or later. */
  readonly accepting: boolean;
  /** No exchange is under way, and none has a place. */
  readonly quiet: boolean;
  readonly idle: boolean;
  /** Takes a place, until `exchange` or `giveBack`. */
  reserve(): void;
  /** Takes no more exchanges, whatever the peer says. */
  retire(): void;
  /** Its peer is the one at this address, and has proved to be this host. */
  serves(host: string, address: Address): boolean;
  /** Another keeper uses it, and is told what its own is told. */
  lendTo(keeper: ConnectionKeeper): void;
}

/** Whoever keeps connections. */
export interface ConnectionKeeper {
  readonly clock: Clock;
  /** The exchange is over. `idleMilliseconds`: how long the connection may be kept; `undefined`: it is closed. */
  released(connection: Connection, idleMilliseconds: number | undefined): void;
  /** It is quiet, has room again, or accepts no more. */
  changed(connection: SharedConnection): void;
  /** A peer was asked to go on in HTTP/2, and does not; or nobody waits for its answer any more. */
  upgradeOver(answer: 'refused' | 'unknown'): void;
}
