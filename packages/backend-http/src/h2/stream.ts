import type { StreamListener } from './listeners.ts';

/** How important a request is to whoever asks (RFC 9218 §4). */
export interface Priority {
  /** 0 to 7, the most urgent first. Default: 3. */
  readonly urgency?: number | undefined;
  /** The reply is of use in parts. Default: false. */
  readonly incremental?: boolean | undefined;
}

/** What holds when nothing is said (RFC 9218 §4.1). */
export const DEFAULT_URGENCY = 3;

/** One request and its reply. All but `id` is the engine's own. */
export class Stream {
  readonly id: number;
  listener: StreamListener;
  /** Upper case for the operations that HTTP knows. */
  readonly operation: string;
  /** In the table of open streams, behind another one in the same place. */
  nextInPlace: Stream | undefined;
  /** Neither side sends any more, or one of them reset it. */
  closed = false;
  /** This side has sent all. */
  localEnded = false;
  /** The peer has sent all. */
  remoteEnded = false;
  /** Promised, and its head has not come. */
  reserved = false;
  /** The final head came. */
  headCame = false;
  interimReplies = 0;
  /** Bytes of the body that are still announced; -1: unknown. */
  announcedBytes = -1;

  /** Bytes that the peer may still send on this stream. */
  grantedBytes = 0;
  /** Bytes that were told to the listener and not yet consumed. */
  unreadBytes = 0;
  /** Bytes that were consumed and not yet granted again. */
  creditBytes = 0;
  /** What `grantedBytes`, `unreadBytes` and `creditBytes` are together. */
  windowBytes = 0;
  /** When credit was last granted. */
  grantedAt = 0;

  /** Bytes that this side may still send; less than 0 after the peer made windows smaller. */
  sendWindow = 0;
  /** What is being sent, and how much of it was. */
  upload: Uint8Array | undefined;
  uploadAt = 0;
  /** Bytes of the upload that are still announced; -1: unknown. */
  uploadBytes = -1;
  /** After `upload` nothing more follows. */
  uploadEnds = false;
  /** Since when its window is empty while something waits; -1: it is not. */
  stalledSince = -1;
  urgency: number = DEFAULT_URGENCY;
  /** Waits for its turn to send. */
  queued = false;
  nextInQueue: Stream | undefined;

  constructor(id: number, operation: string, listener: StreamListener) {
    this.id = id;
    this.operation = operation;
    this.listener = listener;
  }
}
