import type { Channel } from '@netaccess/transport';

import type { FtpReply } from './control-context.ts';
import { dataFailure } from './data-connection.ts';
import type { Job, StartedTransfer } from './job.ts';
import { closedFailure, ftpFailure } from './reply-error.ts';
import type { Transfer } from './transfer.ts';

/** Sends the request's upload over a data connection, view by view, and resolves to the server's final reply. */
export async function sendUpload(
  job: Job,
  { channel, transfer }: StartedTransfer,
): Promise<FtpReply> {
  const watched = watch(channel, transfer);
  try {
    const sent = await sendViews(job, channel, transfer);
    if (sent) await channel.end();
  } catch (error) {
    await channel.close();
    throw error instanceof BrokenData ? await job.why(transfer, error.failure) : error;
  }
  const final = await transfer.finished;
  await channel.close();
  await watched;
  return final;
}

/** The data connection did not take what it was given. */
class BrokenData {
  readonly failure: Error;

  constructor(failure: Error) {
    this.failure = failure;
  }
}

/** False when the server replied before it had everything. */
async function sendViews(job: Job, channel: Channel, transfer: Transfer): Promise<boolean> {
  const { upload } = job.request;
  if (upload === undefined) return true;
  let length = 0;
  for await (const view of leavable(upload.open(), job.data.signal)) {
    if (transfer.final !== undefined) return false;
    length += view.length;
    if (upload.length !== undefined && length > upload.length)
      throw wrongLength(length, upload.length);
    if (view.length > 0 && !(await written(job, { channel, transfer }, view))) return false;
  }
  if (job.data.signal.aborted) throw closedFailure();
  if (upload.length !== undefined && length < upload.length)
    throw wrongLength(length, upload.length);
  return true;
}

/** The same views, until the signal: then the source is left, also while its next view is waited for. */
function leavable(
  views: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const source =
    Symbol.asyncIterator in views ? views[Symbol.asyncIterator]() : views[Symbol.iterator]();
  const over = { done: true, value: undefined } as const;
  const aborted = new Promise<typeof over>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve(over);
      void leave(source);
    });
  });
  const iterator = {
    next: async () => (signal.aborted ? over : Promise.race([source.next(), aborted])),
    async return() {
      if (!signal.aborted) await leave(source);
      return over;
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

/** How a source takes being left is no part of the exchange. */
async function leave(source: Iterator<Uint8Array> | AsyncIterator<Uint8Array>): Promise<void> {
  try {
    await source.return?.();
  } catch {
    // As above.
  }
}

async function written(
  job: Job,
  { channel, transfer }: { readonly channel: Channel; readonly transfer: Transfer },
  view: Uint8Array,
): Promise<boolean> {
  try {
    await channel.write(view);
    return true;
  } catch (error) {
    if (transfer.final !== undefined) return false;
    throw new BrokenData(dataFailure(error, `the data connection for ${job.place.shown} broke`));
  }
}

/**
 * Reads what should not come, for tickets of TLS come that way, and ends a write that waits in vain when the server has replied. Never
 * rejects.
 */
async function watch(channel: Channel, transfer: Transfer): Promise<void> {
  const stop = (): Promise<void> => channel.close();
  transfer.finished.then(({ code }) => (code >= 400 ? stop() : undefined), stop);
  try {
    for (;;) {
      const view = await channel.readPointer();
      if (view.length === 0) return;
      channel.advanceReadPointer(view.length);
    }
  } catch {
    // Whoever writes hears of it.
  }
}

function wrongLength(length: number, announced: number): Error {
  return ftpFailure(
    'protocol-invalid-operation',
    `the upload gave ${length} bytes, and ${announced} were announced`,
  );
}
