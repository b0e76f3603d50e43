import type { Challenge, Credentials } from '@netaccess/core';

import type { Channel, Target } from './contract.ts';

/** What asking a proxy for a way through needs. */
export interface TunnelRequest {
  readonly channel: Channel;
  readonly target: Target & { readonly host: string };
  readonly proxy: URL;
  readonly credentials: Credentials | undefined;
  /** Somebody can be asked for credentials if the proxy wants them. */
  readonly mayAsk: boolean;
}

/** A proxy that lets nobody through without credentials. */
export interface Refusal {
  /** Absent: it wants something that cannot be given. */
  readonly challenge?: Challenge | undefined;
  /** What it wants, for people. */
  readonly wants: string;
}

/** Asks a connected proxy for a tunnel. Nothing returned: it is open, and bytes that came with the answer are unread. */
export type OpenTunnel = (request: TunnelRequest) => Promise<Refusal | undefined>;
