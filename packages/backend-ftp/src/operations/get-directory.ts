import { command } from '../argument.ts';
import type { FtpReply } from '../control-context.ts';
import { passiveCommand, passivePort } from '../data-connection.ts';
import type { Job, Opened, StartedTransfer } from '../job.ts';
import { asText, linked, listingText } from '../listing/listing-text.ts';
import { parseListing } from '../listing/parse-listing.ts';
import { preferredType, type ListingType } from '../listing/preferred-type.ts';
import { MemoryBody } from '../memory-body.ts';
import { ftpFailure } from '../reply-error.ts';
import { TransferBody } from '../transfer-body.ts';
import { enterDirectory, goHome, homeCommand } from './directory-probe.ts';
import { refuseUpload } from './get-file.ts';

/** Of what a server says about one directory. */
const LISTING_BYTES = 40 * 1_048_576;

/** Lists a directory: by MLSD where the server knows it, otherwise by LIST, from within, for LIST takes names for options and patterns. */
export async function getDirectory(job: Job): Promise<Opened> {
  refuseUpload(job);
  const { connection, place } = job;
  if (connection.features.has('MLST')) {
    const started = await startListing(job, command('MLSD', place.path));
    if (!isUnknown(started.reply)) return listed(job, started, await contents(job, started));
  }
  const entered = await enterDirectory(connection, place.path);
  if (entered.code >= 300) return job.failed(entered, 'list');
  if (place.path !== '') job.cleanUp = [homeCommand(connection)];
  const started = await startPlainListing(job);
  const bytes = await contents(job, started);
  job.cleanUp = [];
  if (place.path !== '') await goHome(connection);
  return listed(job, started, bytes);
}

/** What a listing will be, for whoever asked. */
export function listingType({ request }: Job): ListingType {
  return preferredType(request.headers);
}

/** `-a` is an option to most servers, and a name to a few. */
async function startPlainListing(job: Job): Promise<StartedTransfer> {
  const { connection } = job;
  if (!connection.listsPlainly) {
    const started = await startListing(job, 'LIST -a');
    if (started.reply.code < 500) return started;
    connection.listsPlainly = true;
  }
  return startListing(job, 'LIST');
}

async function startListing(job: Job, list: string): Promise<StartedTransfer> {
  const { connection } = job;
  const reply = await connection.askOne(passiveCommand(connection));
  return job.transfer(await passivePort(connection, reply), list);
}

function isUnknown({ code }: FtpReply): boolean {
  return code === 500 || code === 501 || code === 502 || code === 504;
}

/** Everything that comes; `undefined` when the server refused. */
async function contents(job: Job, started: StartedTransfer): Promise<Buffer | undefined> {
  if (started.reply.code >= 300) return undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body = new TransferBody(job, started, { keepsConnection: true });
  for (;;) {
    const view = await body.readPointer();
    if (view.length === 0) return Buffer.concat(chunks, length);
    length += view.length;
    if (length > LISTING_BYTES) {
      throw ftpFailure(
        'protocol-failure',
        `${job.place.shown} lists more than ${LISTING_BYTES} bytes`,
      );
    }
    chunks.push(Uint8Array.prototype.slice.call(view));
    body.advanceReadPointer(view.length);
  }
}

function listed(job: Job, started: StartedTransfer, bytes: Buffer | undefined): Opened {
  if (bytes === undefined) {
    return job.failed(started.reply, 'list');
  }
  const type = listingType(job);
  const { text, latin1 } = listingText(bytes);
  const entries = entriesOf(job, text).map((entry) => linked(entry, latin1));
  const body = Buffer.from(type === 'application/json' ? JSON.stringify(entries) : asText(entries));
  const headers = [
    ['Content-Type', type],
    ['Content-Length', String(body.length)],
  ] as const;
  job.lease.release();
  const { url } = job.request;
  const head = { url, headers, length: body.length, attributes: job.attributes() };
  return { head, body: new MemoryBody(body) };
}

function entriesOf({ now, place }: Job, text: string): ReturnType<typeof parseListing> {
  try {
    return parseListing(text, new Date(now()));
  } catch (cause) {
    const message = `${place.shown} is listed in a way that is not known`;
    throw ftpFailure('protocol-failure', message, { cause });
  }
}
