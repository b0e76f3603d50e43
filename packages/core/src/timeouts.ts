import { NetworkError } from './error.ts';

declare module '@netaccess/core' {
  interface RequestAttributes {
    /** Limits of this request, over the manager's. */
    readonly timeouts?: Timeouts | undefined;
  }
}

/** Time limits in milliseconds, at least 0; `Infinity` is none. */
export interface Timeouts {
  /** Name look-up, proxies, TCP and TLS together. Kept by the connector. */
  readonly connect?: number | undefined;
  /** From the start, or the last byte sent, to the head of the reply. */
  readonly firstByte?: number | undefined;
  /** Between two reads that gave bytes, while one is pending. */
  readonly idle?: number | undefined;
  /** How long a reply may lie around without being read or closed. */
  readonly abandoned?: number | undefined;
  /** From `send` to the end of the body, with everything in between. */
  readonly total?: number | undefined;
}

const CONNECT_MILLISECONDS = 30_000;
const PATIENCE_MILLISECONDS = 300_000;

/** Every limit, each with a value. */
export type CompleteTimeouts = { readonly [Limit in keyof Timeouts]-?: number };

/** What holds where neither a manager nor a request says something else. */
export const defaultTimeouts: CompleteTimeouts = {
  connect: CONNECT_MILLISECONDS,
  firstByte: PATIENCE_MILLISECONDS,
  idle: PATIENCE_MILLISECONDS,
  abandoned: PATIENCE_MILLISECONDS,
  total: Infinity,
};

/** The limits of `own` where it has any, otherwise those of `base`. */
export function completeTimeouts(
  own: Timeouts | undefined,
  base: CompleteTimeouts,
): CompleteTimeouts {
  if (own === undefined || own === base) return base;
  for (const [name, limit] of Object.entries(own)) checkLimit(name, limit);
  return {
    connect: own.connect ?? base.connect,
    firstByte: own.firstByte ?? base.firstByte,
    idle: own.idle ?? base.idle,
    abandoned: own.abandoned ?? base.abandoned,
    total: own.total ?? base.total,
  };
}

function checkLimit(name: string, limit: unknown): void {
  if (isLimit(limit)) return;
  const message = `timeouts: ${name} is ${String(limit)}, which is no number of milliseconds`;
  throw new NetworkError('protocol-invalid-operation', message);
}

function isLimit(value: unknown): boolean {
  return value === undefined || (typeof value === 'number' && value >= 0);
}
