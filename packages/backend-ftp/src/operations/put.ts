import { randomBytes } from 'node:crypto';

import type { ByteRange } from '@netaccess/core';

import { argument } from '../argument.ts';
import type { FtpReply } from '../control-context.ts';
import { passiveCommand, passivePort } from '../data-connection.ts';
import { factsCommands, readFacts } from '../file-facts.ts';
import type { Job, Opened, StartedTransfer } from '../job.ts';
import { checkRange } from '../range.ts';
import { ftpFailure, replyCode } from '../reply-error.ts';
import { sendUpload } from '../upload-sender.ts';
import { nameless } from './delete.ts';
import { isDirectory } from './directory-probe.ts';
import { checkType, typeCommands } from './get-file.ts';

/** Short, so that it fits wherever the target's own name does, and too random to be guessed. */
const NAME_BYTES = 9;

/** Stores an upload: under another name until it is whole, or from somewhere on. */
export async function put(job: Job): Promise<Opened> {
  const { place, request } = job;
  const { range } = request.attributes;
  if (place.path === '') throw nameless();
  if (place.directory) return job.refused('content-operation-not-permitted', 'is a directory');
  if (range === undefined) return putWhole(job);
  checkRange(range);
  return putPart(job, range);
}

/** Who may not make a file may be allowed to write to the one that is there: only then is it written to itself. */
async function putWhole(job: Job): Promise<Opened> {
  const { path } = job.place;
  const temporary = beside(path);
  const started = await store(job, `STOR ${argument(temporary)}`);
  if (mayBeTheName(started.reply)) return finished(job, await store(job, `STOR ${argument(path)}`));
  if (started.reply.code >= 300) return refusedPut(job, started.reply);
  job.cleanUp = [`DELE ${argument(temporary)}`];
  const final = await sendUpload(job, started);
  if (final.code >= 300) {
    await job.connection.ask(...job.cleanUp);
    return job.failed(final, 'put');
  }
  return rename(job, temporary);
}

/** Some servers put no file in the place of another (RFC 959 leaves it open): then the old one goes first. */
async function rename(job: Job, temporary: string): Promise<Opened> {
  const { connection, place } = job;
  const commands = [`RNFR ${argument(temporary)}`, `RNTO ${argument(place.path)}`];
  const [, renamed] = await connection.ask(...commands);
  if (renamed !== undefined && renamed.code < 300) return { head: job.head() };
  if (await isDirectory(connection, place.path)) {
    await connection.ask(...job.cleanUp);
    return job.refused('content-operation-not-permitted', 'is a directory');
  }
  const replies = await connection.ask(`DELE ${argument(place.path)}`, ...commands);
  const again = replies.at(-1);
  if (again !== undefined && again.code < 300) return { head: job.head() };
  await connection.ask(...job.cleanUp);
  if (again === undefined) throw ftpFailure('protocol-failure', 'the server did not reply');
  return job.failed(again, 'put');
}

/** Goes on where a file ends, or writes over its bytes from there; where the server cannot, nothing is written. */
async function putPart(job: Job, range: ByteRange): Promise<Opened> {
  const { connection, place } = job;
  const { from } = range;
  const path = argument(place.path);
  if (place.ascii)
    return job.refused('content-operation-not-permitted', 'has no byte positions as text');
  const size = await sizeOf(job);
  if (from > 0 && size === undefined) {
    return job.refused(
      'content-operation-not-permitted',
      'has no length that the server would tell',
    );
  }
  if (from > (size ?? 0)) {
    return job.refused('content-conflict', `has ${size} bytes, so nothing can follow byte ${from}`);
  }
  if (from === size && size > 0) return finished(job, await store(job, `APPE ${path}`));
  if (from === 0 && range.to === undefined) return putWhole(job);
  if (!reachesEnd(job, range, size ?? 0)) {
    const message = 'would lose or keep what follows the part, as the server likes';
    return job.refused('content-operation-not-permitted', message);
  }
  const port = await passive(job);
  const rest = await connection.askOne(`REST ${from}`);
  if (rest.code !== 350)
    return job.failed(rest, 'put a part of', 'content-operation-not-permitted');
  return finished(job, await job.transfer(port, `STOR ${path}`));
}

/** Some servers cut a file where a part ends, and some do not: the part has to be known to reach as far as the file. */
function reachesEnd({ request }: Job, { from, to }: ByteRange, size: number): boolean {
  const { length } = request.upload ?? { length: 0 };
  if (length === undefined) return false;
  return from + length >= size && (to === undefined || to + 1 === from + length);
}

async function sizeOf({ connection, place }: Job): Promise<number | undefined> {
  const commands = factsCommands(connection, place.path, { size: true });
  return readFacts(await connection.ask(...commands)).size;
}

/** Opens a data connection for the command. */
async function store(job: Job, stor: string): Promise<StartedTransfer> {
  return job.transfer(await passive(job), stor);
}

async function passive(job: Job): Promise<number> {
  const { connection } = job;
  const type = typeCommands(job);
  const replies = await connection.ask(...type, passiveCommand(connection));
  checkType(job, type, replies);
  const [reply] = replies.slice(-1);
  if (reply === undefined) throw ftpFailure('protocol-failure', 'the server did not reply');
  return passivePort(connection, reply);
}

async function finished(job: Job, started: StartedTransfer): Promise<Opened> {
  if (started.reply.code >= 300) return refusedPut(job, started.reply);
  const final = await sendUpload(job, started);
  return final.code < 300 ? { head: job.head() } : job.failed(final, 'put');
}

async function refusedPut(job: Job, reply: FtpReply): Promise<Opened> {
  const directory = reply.code === 550 && (await isDirectory(job.connection, job.place.path));
  return job.failed(reply, 'put', directory ? 'content-operation-not-permitted' : replyCode(reply));
}

/** The name is refused, or new names are: not the login, the moment or the space. */
function mayBeTheName({ code }: FtpReply): boolean {
  return code === 550 || code === 553 || code === 501;
}

function beside(path: string): string {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return `${folder}.${randomBytes(NAME_BYTES).toString('base64url')}.part`;
}
