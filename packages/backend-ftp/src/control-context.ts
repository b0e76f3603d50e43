// oxlint-disable no-underscore-dangle -- basic-ftp names its protected members so
import { Socket } from 'node:net';

import { FTPContext, FTPError, type FTPResponse } from 'basic-ftp';

import { ftpFailure } from './reply-error.ts';

/** Of one line of a reply; basic-ftp bounds a whole reply by 64 KiB. */
const MAXIMUM_LINE_BYTES = 16_384;

/** What a server says to a command: three digits, and the text with them. */
export interface FtpReply {
  readonly code: number;
  readonly message: string;
}

/**
 * basic-ftp's control connection, whose replies are handed on when their last line is whole, however they were split on the way. Text is
 * bytes as latin1: names need not be UTF-8.
 */
export class ControlContext extends FTPContext {
  #line = '';
  #reason: Error | undefined;
  /** Something came that nobody waited for, such as that the server is about to leave. */
  #unasked = false;

  constructor() {
    super(0, 'latin1');
  }

  /** Why the connection was closed, or lost. */
  get reason(): Error | undefined {
    return this.#reason;
  }

  /** Part of a line, or more, came after the last reply that somebody waited for. */
  get holdsUnread(): boolean {
    return this.#line !== '' || this._partialResponse !== '' || this.#unasked;
  }

  /** Sends all commands in one write, whose replies the running task gets in their order. */
  sendAll(commands: readonly string[]): void {
    for (const command of commands) {
      if (/[\r\n\0]/.test(command)) {
        throw ftpFailure('protocol-invalid-operation', 'a command holds a control character');
      }
    }
    this.socket.write(commands.map((command) => `${command}\r\n`).join(''), 'latin1');
  }

  /** Its socket is about to be secured. basic-ftp would close it then, or take the listeners away from whoever reads it now. */
  letGo(): void {
    this.socket.removeAllListeners('data').pause();
    this._socket = new Socket();
  }

  override closeWithError(error: Error): void {
    this.#reason ??= error;
    super.closeWithError(error);
  }

  protected override _onControlSocketData(chunk: string): void {
    const lines = `${this.#line}${chunk}`.split('\n');
    if (lines.some(({ length }) => length > MAXIMUM_LINE_BYTES)) {
      const message = `the server sent a line of more than ${MAXIMUM_LINE_BYTES} bytes`;
      this.closeWithError(ftpFailure('protocol-failure', message));
      return;
    }
    this.#line = lines.pop() ?? '';
    for (const line of lines) {
      this.#unasked ||= this._task === undefined;
      super._onControlSocketData(`${line}\n`);
    }
  }
}

/** False for what ends the connection; a failing reply is one all the same. */
export function isReply(reply: Error | FTPResponse): reply is FTPError | FTPResponse {
  return reply instanceof FTPError || !(reply instanceof Error);
}

/** Without what errors carry. */
export function plainReply({ code, message }: FtpReply): FtpReply {
  return { code, message };
}
