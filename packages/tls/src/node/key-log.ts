import { appendFileSync, closeSync, openSync } from 'node:fs';
import { env } from 'node:process';
import type { TLSSocket } from 'node:tls';

import { networkFailure, type TlsOptions } from '@netaccess/transport';

/** Secrets are for their owner. */
const OWNER_ONLY = 0o600;

/** Appends the secrets of one connection to a file, in the format of NSS that Wireshark reads (RFC 9850). */
export class KeyLog {
  readonly #path: string;
  #failure: unknown;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Nothing where none is asked for. Throws when the file cannot be written: whoever asked wants the secrets. */
  static of({ keyLogFile }: TlsOptions): KeyLog | undefined {
    const path = keyLogFile === true ? env['SSLKEYLOGFILE'] : keyLogFile;
    if (path === undefined || path === '') return undefined;
    try {
      closeSync(openSync(path, 'a', OWNER_ONLY));
    } catch (error) {
      throw unwritable(path, error);
    }
    return new KeyLog(path);
  }

  listen(socket: TLSSocket): void {
    socket.on('keylog', (line) => {
      // Nothing may be thrown from within OpenSSL: the connection fails when its handshake is judged.
      try {
        appendFileSync(this.#path, line);
      } catch (error) {
        this.#failure = error;
      }
    });
  }

  /** Throws what went wrong with the writing. */
  check(): void {
    if (this.#failure !== undefined) throw unwritable(this.#path, this.#failure);
  }
}

function unwritable(path: string, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `cannot use the TLS options: the key log file ${path} cannot be written: ${why}`;
  return networkFailure('tls-handshake-failed', message, { cause });
}
