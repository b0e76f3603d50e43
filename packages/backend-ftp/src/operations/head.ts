import { command } from '../argument.ts';
import { factsCommands, fileValidator, readFacts } from '../file-facts.ts';
import type { Job, Opened } from '../job.ts';
import { isDirectory } from './directory-probe.ts';
import { listingType } from './get-directory.ts';
import { checkType, factHeaders, refuseUpload, typeCommands } from './get-file.ts';

/** What the server knows of a file or a directory. */
export async function headPlace(job: Job): Promise<Opened> {
  refuseUpload(job);
  const { connection, place } = job;
  if (place.directory) return headDirectory(job);
  const type = typeCommands(job);
  const asked = factsCommands(connection, place.path, { size: !place.ascii });
  const commands = asked.length === 0 ? [command('SIZE', place.path)] : asked;
  const replies = await connection.ask(...type, ...commands);
  checkType(job, type, replies);
  const facts = readFacts(replies.slice(type.length));
  if (facts.directory === true)
    return job.refused('content-operation-not-permitted', 'is a directory');
  const unknown = facts.size === undefined && facts.modified === undefined;
  if (unknown && (await isDirectory(connection, place.path))) {
    return job.refused('content-operation-not-permitted', 'is a directory');
  }
  const refusal = replies.find(({ code }) => code >= 400);
  if (unknown && refusal !== undefined) return job.failed(refusal, 'look at');
  const size = place.ascii ? undefined : facts.size;
  const validator = place.ascii ? undefined : fileValidator(facts, job.now());
  return { head: { ...job.head(), headers: factHeaders(facts, size), validator } };
}

async function headDirectory(job: Job): Promise<Opened> {
  const { connection, place } = job;
  const headers = [['Content-Type', listingType(job)]] as const;
  if (!connection.features.has('MLST')) {
    if (await isDirectory(connection, place.path)) return { head: { ...job.head(), headers } };
    return job.refused('content-not-found', 'is no directory that can be entered');
  }
  const reply = await connection.askOne(command('MLST', place.path));
  const facts = readFacts([reply]);
  if (facts.refusal !== undefined) return job.failed(reply, 'look at');
  if (facts.directory === false) return job.refused('content-not-found', 'is no directory');
  return { head: { ...job.head(), headers: [...headers, ...factHeaders(facts, undefined)] } };
}
