import type { ByteRange, HeaderEntry, ReplyHead } from '@netaccess/core';

import { command } from '../argument.ts';
import type { FtpReply } from '../control-context.ts';
import { passiveCommand, passivePort } from '../data-connection.ts';
import { factsCommands, fileValidator, readFacts, type FileFacts } from '../file-facts.ts';
import type { Job, Opened, StartedTransfer } from '../job.ts';
import { checkRange } from '../range.ts';
import { ftpFailure, replyCode, replyFailure, wordOf } from '../reply-error.ts';
import { TransferBody } from '../transfer-body.ts';
import { isDirectory } from './directory-probe.ts';

/** Retrieves a file, whole or from somewhere on. What the server knows of it is asked for in the same write as the data connection. */
export async function getFile(job: Job): Promise<Opened> {
  const { connection, place, request } = job;
  refuseUpload(job);
  const { range } = request.attributes;
  if (range !== undefined) checkRange(range);
  const wantsSize = range !== undefined || !connection.statesSizes;
  const commands = factsCommands(connection, place.path, { size: wantsSize && !place.ascii });
  const type = typeCommands(job);
  const replies = await connection.ask(...type, ...commands, passiveCommand(connection));
  checkType(job, type, replies);
  const facts = readFacts(replies.slice(type.length, -1));
  if (facts.directory === true)
    return job.refused('content-operation-not-permitted', 'is a directory');
  const [passive] = replies.slice(-1);
  if (passive === undefined) throw ftpFailure('protocol-failure', 'the server did not reply');
  const port = await passivePort(connection, passive);
  const part = place.ascii ? undefined : await restart(job, facts, range);
  const started = await job.transfer(port, command('RETR', place.path));
  if (started.reply.code >= 300) return refusedFile(job, started.reply, facts);
  return openedFile(job, started, { facts, part });
}

/** A get and a head send nothing. */
export function refuseUpload({ request }: Job): void {
  if (request.upload === undefined) return;
  throw ftpFailure('protocol-invalid-operation', `a ${request.operation} of FTP takes no upload`);
}

/** What makes the server's type the one that the URL asks for. */
export function typeCommands({ connection, place }: Job): readonly string[] {
  if (connection.ascii === place.ascii) return [];
  return [place.ascii ? 'TYPE A' : 'TYPE I'];
}

/** Throws when the server refused the type; remembers it otherwise. */
export function checkType(
  { connection, place }: Job,
  sent: readonly string[],
  replies: readonly FtpReply[],
): void {
  const [reply] = replies;
  if (sent.length === 0 || reply === undefined) return;
  if (reply.code >= 300) throw replyFailure(reply, `transfer ${place.shown} by that type`);
  connection.ascii = place.ascii;
}

/** The facts of a file as header fields. */
export function factHeaders(
  { modified }: FileFacts,
  length: number | undefined,
): readonly HeaderEntry[] {
  const entries: HeaderEntry[] = [];
  if (length !== undefined) entries.push(['Content-Length', String(length)]);
  if (modified !== undefined) entries.push(['Last-Modified', modified.toUTCString()]);
  return entries;
}

/** The part that will come: what was asked for, or all of it where that cannot be. */
async function restart(
  job: Job,
  facts: FileFacts,
  range: ByteRange | undefined,
): Promise<ByteRange | undefined> {
  if (range === undefined) return undefined;
  const { validator, from, to } = range;
  if (validator !== undefined && validator !== fileValidator(facts, job.now())) return undefined;
  const { size } = facts;
  if (size !== undefined && from >= size && size > 0) {
    const message = `the range starts at byte ${from}, but ${job.place.shown} has ${size} bytes`;
    throw ftpFailure('unknown-content', message);
  }
  if (from > 0) {
    const reply = await job.connection.askOne(`REST ${from}`);
    if (reply.code !== 350) return undefined;
  }
  const last = Math.min(to ?? Infinity, size === undefined ? Infinity : size - 1);
  return { from, to: last === Infinity ? undefined : last };
}

interface Found {
  readonly facts: FileFacts;
  readonly part: ByteRange | undefined;
}

function openedFile(job: Job, started: StartedTransfer, { facts, part }: Found): Opened {
  const { ascii } = job.place;
  const known = ascii ? undefined : facts.size;
  const said = ascii || part !== undefined ? undefined : saidSize(started.reply);
  if (said !== undefined && said === facts.size) job.connection.statesSizes = true;
  const total = known ?? said;
  const whole =
    part === undefined || (part.from === 0 && part.to !== undefined && part.to + 1 === total);
  const end = part?.to === undefined ? total : part.to + 1;
  const length = end === undefined ? undefined : Math.max(0, end - (part?.from ?? 0));
  const complete = { ...facts, size: total };
  const head: ReplyHead = {
    url: job.request.url,
    headers: factHeaders(facts, length),
    length,
    validator: ascii ? undefined : fileValidator(complete, job.now()),
    range: whole || part === undefined ? undefined : { ...part, total },
    attributes: job.attributes(),
  };
  const cut = !whole && part?.to !== undefined && part.to + 1 !== total;
  const expected = cut ? { wanted: length, stated: length } : { stated: length };
  return { head, body: new TransferBody(job, started, expected) };
}

/** "150 Opening BINARY mode data connection for a.txt (4096 bytes)." */
function saidSize({ message }: FtpReply): number | undefined {
  const [, digits] = /\((\d{1,15}) bytes\)/i.exec(message) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Servers say 550 to whatever cannot be had, and many say no more. */
async function refusedFile(job: Job, reply: FtpReply, facts: FileFacts): Promise<Opened> {
  const doing = 'get';
  if (
    reply.code !== 550 ||
    (wordOf(reply.message) ?? 'content-access-denied') !== 'content-access-denied'
  ) {
    return job.failed(reply, doing);
  }
  if (await isDirectory(job.connection, job.place.path)) {
    return job.failed(reply, doing, 'content-operation-not-permitted');
  }
  const there = facts.size !== undefined || facts.modified !== undefined;
  return job.failed(reply, doing, there ? 'content-access-denied' : replyCode(reply));
}
