import { argument } from '../argument.ts';
import type { FtpReply } from '../control-context.ts';
import { checkWord, ftpPlace, utf8Bytes } from '../ftp-url.ts';
import type { Job, Opened } from '../job.ts';
import { MemoryBody } from '../memory-body.ts';
import { decoded, ftpFailure } from '../reply-error.ts';
import { uploadText } from '../upload-text.ts';
import { nameless, probe } from './delete.ts';
import { refuseUpload } from './get-file.ts';
import type { Operate } from './operate.ts';

/** Where a renamed file goes: a URL of the same server, absolute or not. */
const DESTINATION = 'destination';
/** Of what SITE is told. */
const SITE_BYTES = 1_024;

/** What FTP has beside the operations that every protocol has. */
export const customVerbs: ReadonlyMap<string, Operate> = new Map<string, Operate>([
  ['MKD', (job) => simple(job, 'MKD')],
  ['RMD', (job) => simple(job, 'RMD')],
  ['RNFR', rename],
  ['SITE', site],
]);

async function simple(job: Job, verb: string): Promise<Opened> {
  refuseUpload(job);
  const { path } = job.place;
  if (path === '') throw nameless();
  await probe(job);
  return answered(job, await job.connection.askOne(`${verb} ${argument(path)}`), verb);
}

async function rename(job: Job): Promise<Opened> {
  refuseUpload(job);
  const { connection, place } = job;
  if (place.path === '') throw nameless();
  const target = destination(job);
  await probe(job);
  const from = await connection.askOne(`RNFR ${argument(place.path)}`);
  if (from.code !== 350) return answered(job, from, 'rename');
  return answered(job, await connection.askOne(`RNTO ${argument(target)}`), 'rename');
}

function destination({ request }: Job): string {
  const [, target] = request.headers.find(([name]) => name.toLowerCase() === DESTINATION) ?? [];
  if (target === undefined) {
    throw ftpFailure(
      'protocol-invalid-operation',
      'RNFR needs a header Destination, which says where to',
    );
  }
  const base = request.url;
  if (!URL.canParse(target, base)) {
    throw ftpFailure('protocol-invalid-operation', 'the header Destination is no URL');
  }
  const url = new URL(target, base);
  if (url.protocol !== base.protocol || url.host !== base.host) {
    throw ftpFailure('protocol-invalid-operation', 'FTP renames within one server only');
  }
  const { path } = ftpPlace(url);
  if (path === '') throw nameless();
  return path;
}

/** SITE is told what the upload says, or else what the URL's path does: it need not be about a file. */
async function site(job: Job): Promise<Opened> {
  const { upload } = job.request;
  const { path } = job.place;
  const words = upload === undefined ? path : utf8Bytes(await uploadText(upload, SITE_BYTES));
  const told = checkWord(words.trim(), 'words of SITE');
  if (told === '')
    throw ftpFailure('protocol-invalid-operation', 'SITE needs words: an upload, or a path');
  await probe(job);
  const reply = await job.connection.askOne(`SITE ${told}`);
  if (reply.code >= 300) return job.failed(reply, 'ask SITE of');
  const text = Buffer.from(`${decoded(reply.message)}\n`);
  const head = { ...job.head(), headers: [['Content-Type', 'text/plain;charset=utf-8']] as const };
  job.lease.release();
  return { head: { ...head, length: text.length }, body: new MemoryBody(text) };
}

function answered(job: Job, reply: FtpReply, doing: string): Opened {
  return reply.code < 300 ? { head: job.head() } : job.failed(reply, doing);
}
