import type { Credentials } from '@netaccess/core';

/**
 * How `ftp:` is protected, by `AUTH TLS`: wherever the server offers it, which somebody on the way can prevent; always, or the request
 * fails; or never.
 */
export type FtpSecurity = 'opportunistic' | 'required' | 'off';

declare module '@netaccess/core' {
  interface RequestAttributes {
    /** Of `ftp:` URLs; default: "opportunistic", which whoever sits in the middle can strip. `ftps:` is always protected. */
    readonly ftpSecurity?: FtpSecurity | undefined;
    /** This request may use one connection more than its pool has: it feeds on another that holds one. */
    readonly mayExceedPool?: boolean | undefined;
  }
  interface OriginAttributes {
    /** What answers a challenge of `ftp:`; set by the challenge. */
    readonly ftpLogin?: AnsweredLogin | undefined;
  }
}

/** Credentials for one server, and what it said to them if they were tried before. */
export interface AnsweredLogin {
  readonly credentials: Credentials;
  readonly refused?: { readonly code: number; readonly message: string } | undefined;
}
