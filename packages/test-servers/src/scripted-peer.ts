import type { Socket } from 'node:net';

/** Text is sent as latin1, one byte for each character. */
export type Bytes = string | Uint8Array;

/** One connection of a scripted server: what its steps act on, and what a test looks at afterwards. */
export class ScriptedPeer {
  readonly index: number;
  readonly socket: Socket;
  /** Settles when the other side sent its end, or the connection is gone. */
  readonly ended: Promise<void>;
  /** Settles when the connection is gone, whoever closed it. */
  readonly closed: Promise<void>;
  /** Settles when the last step is done, or one failed. */
  readonly played: Promise<void>;
  /** Why a step could not be played: mostly that the other side left. */
  failure: Error | undefined;
  private readonly chunks: Buffer[] = [];
  /** What no step has taken, in the pieces in which it came: they are joined only where a step looks at them. */
  private unread: Buffer[] = [];
  private unreadLength = 0;
  private over = false;
  private wake: (() => void) | undefined;

  constructor(index: number, socket: Socket, play: (peer: ScriptedPeer) => Promise<void>) {
    this.index = index;
    this.socket = socket;
    this.ended = new Promise((resolve) => {
      socket.once('end', resolve);
      socket.once('close', () => {
        resolve();
      });
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        resolve();
      });
    });
    socket.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.unread.push(chunk);
      this.unreadLength += chunk.length;
      this.wake?.();
    });
    for (const event of ['end', 'close', 'error']) {
      socket.on(event, () => {
        this.over = true;
        this.wake?.();
      });
    }
    this.played = play(this).catch((error: unknown) => {
      this.failure = error instanceof Error ? error : new Error(String(error));
    });
    void this.endAfterBoth();
  }

  /** Every byte received so far, also those that no step waited for. */
  get received(): Uint8Array {
    return Buffer.concat(this.chunks);
  }

  /** `received` as latin1. */
  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  /** The next `length` bytes; rejects if the other side ends before. */
  async take(length: number): Promise<Buffer> {
    await this.until(() => this.unreadLength >= length, `${length} bytes`);
    return this.consume(length);
  }

  /** The next bytes up to and with `delimiter`; rejects if the other side ends before. */
  async takeUntil(delimiter: string): Promise<Buffer> {
    let at = -1;
    await this.until(() => {
      at = this.joined().indexOf(delimiter, 0, 'latin1');
      return at >= 0;
    }, JSON.stringify(delimiter));
    return this.consume(at + delimiter.length);
  }

  /** Settles when the bytes were handed to the system; rejects if the connection is gone. */
  async write(bytes: Bytes): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.socket.write(
        typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes,
        (error) => {
          if (error) reject(error);
          else resolve();
        },
      );
    });
  }

  /** The server allows half-open connections, so that a script may go on after the other side's end. */
  private async endAfterBoth(): Promise<void> {
    await Promise.all([this.played, this.ended]);
    this.socket.end();
  }

  private async until(satisfied: () => boolean, what: string): Promise<void> {
    while (!satisfied()) {
      if (this.over) throw new Error(`the other side ended while the script waited for ${what}`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  private joined(): Buffer {
    const [first] = this.unread;
    if (first !== undefined && this.unread.length === 1) return first;
    const all = Buffer.concat(this.unread);
    this.unread = [all];
    return all;
  }

  private consume(length: number): Buffer {
    const all = this.joined();
    this.unread = [all.subarray(length)];
    this.unreadLength -= length;
    return all.subarray(0, length);
  }
}
