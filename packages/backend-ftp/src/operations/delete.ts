import { argument } from '../argument.ts';
import type { Job, Opened } from '../job.ts';
import { ftpFailure } from '../reply-error.ts';
import { replyCode, wordOf } from '../reply-error.ts';
import { isDirectory } from './directory-probe.ts';
import { refuseUpload } from './get-file.ts';

/** Deletes a file, or a directory that is empty if the path ends in a slash. */
export async function deletePlace(job: Job): Promise<Opened> {
  refuseUpload(job);
  const { connection, place } = job;
  if (place.path === '') throw nameless();
  await probe(job);
  const verb = place.directory ? 'RMD' : 'DELE';
  const reply = await connection.askOne(`${verb} ${argument(place.path)}`);
  if (reply.code < 300) return { head: job.head() };
  const unclear = reply.code === 550 && wordOf(reply.message) === undefined;
  const directory = unclear && !place.directory && (await isDirectory(connection, place.path));
  return job.failed(
    reply,
    'delete',
    directory ? 'content-operation-not-permitted' : replyCode(reply),
  );
}

/** What changes something is sent once only, so a kept connection is asked first whether it lives. */
export async function probe({ connection }: Job): Promise<void> {
  if (connection.reused && connection.repliesSinceTaken === 0) await connection.askOne('NOOP');
}

/** What fails an operation on where the login leads. */
export function nameless(): Error {
  return ftpFailure('content-operation-not-permitted', 'the URL names nothing on the server');
}
