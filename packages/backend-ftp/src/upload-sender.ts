import type { Channel } from '@netaccess/transport';

import type { FtpReply } from './control-context.ts';
import { dataFailure } from './data-connection.ts';
import { GatheredWriter } from './gathered-writer.ts';
import type { Job, StartedTransfer } from './job.ts';
import type { Transfer } from './transfer.ts';
import { checkLength, UploadSource } from './upload-source.ts';

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

/** False when the server replied before it had everything. The next view is asked for when the last was written. */
async function sendViews(job: Job, channel: Channel, transfer: Transfer): Promise<boolean> {
  const { upload } = job.request;
  if (upload === undefined) return true;
  const source = new UploadSource(upload, job.data.signal);
  const writer = new GatheredWriter(channel);
  let length = 0;
  try {
    for (;;) {
      const next = source.next();
      if (isPromise(next)) {
        // A source may fail while what it gave before is still being written.
        next.catch(() => undefined);
        await writer.push();
      }
      const view = isPromise(next) ? await next : next;
      if (view === undefined) break;
      if (transfer.final !== undefined) return false;
      length += view.length;
      checkLength(upload, length, false);
      const written = writer.write(view);
      if (written !== undefined) await written;
    }
    await writer.flush();
  } catch (error) {
    if (source.failed) throw error;
    if (transfer.final !== undefined) return false;
    throw new BrokenData(dataFailure(error, `the data connection for ${job.place.shown} broke`));
  } finally {
    source.leave();
  }
  checkLength(upload, length, true);
  return true;
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

function isPromise(
  next: Uint8Array | undefined | Promise<unknown>,
): next is Promise<Uint8Array | undefined> {
  return next instanceof Promise;
}
