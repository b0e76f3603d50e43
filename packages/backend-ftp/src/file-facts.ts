import { command } from './argument.ts';
import type { ControlConnection } from './control-connection.ts';
import type { FtpReply } from './control-context.ts';

/** What a server knows of a file. */
export interface FileFacts {
  readonly size?: number | undefined;
  readonly modified?: Date | undefined;
  readonly directory?: boolean | undefined;
  /** The server says that there is nothing that it could tell of. */
  readonly refusal?: FtpReply | undefined;
}

/** How much is asked for. */
export interface FactsWanted {
  /** Also where the server will say it of itself when the transfer starts. */
  readonly size: boolean;
}

/** The commands that bring a file's facts: one where the server knows MLST (RFC 3659). */
export function factsCommands(
  { features }: ControlConnection,
  path: string,
  wanted: FactsWanted,
): readonly string[] {
  if (features.has('MLST')) return [command('MLST', path)];
  const size = wanted.size ? [command('SIZE', path)] : [];
  return features.has('MDTM') ? [...size, command('MDTM', path)] : size;
}

/** What the replies to those commands say. */
export function readFacts(replies: readonly FtpReply[]): FileFacts {
  const facts: FileFacts = {};
  for (const reply of replies) Object.assign(facts, readFact(reply));
  return facts;
}

function readFact(reply: FtpReply): FileFacts {
  const { code, message } = reply;
  if (code === 250) return entryFacts(message);
  if (code === 550 || code === 553 || code === 450) return { refusal: reply };
  if (code !== 213) return {};
  const value = message.slice(4).trim();
  // "213 20260101120000" is a time, and no size has so many digits.
  if (/^\d{14}(?:\.\d+)?$/.test(value)) return { modified: parseFactTime(value) };
  const [, size] = /^(\d{1,16})\b/.exec(value) ?? [];
  return size === undefined ? {} : { size: safeSize(size) };
}

function entryFacts(message: string): FileFacts {
  const [, line = ''] = message.split('\n');
  const [packed = ''] = line.trimStart().split(' ', 1);
  const facts = new Map<string, string>();
  for (const fact of packed.split(';')) {
    const [name = '', value = ''] = fact.split('=', 2);
    facts.set(name.toLowerCase(), value);
  }
  const type = facts.get('type')?.toLowerCase();
  const modified = facts.get('modify');
  const size = facts.get('size');
  return {
    size: size === undefined ? undefined : safeSize(size),
    modified: modified === undefined ? undefined : parseFactTime(modified),
    directory: type === undefined ? undefined : /^[cp]?dir$/.test(type),
  };
}

function safeSize(digits: string): number | undefined {
  const size = Number(digits);
  return /^\d+$/.test(digits) && Number.isSafeInteger(size) ? size : undefined;
}

/** `YYYYMMDDHHMMSS[.sss]`, always UTC (RFC 3659 §2.3). */
export function parseFactTime(text: string): Date | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,3})\d*)?$/.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '0'] = parts;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0')}Z`;
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Servers tell seconds: a change in the same one could not be told. */
const RECENT_MILLISECONDS = 2_000;

/** Of size and time; none for a file that was changed just now. */
export function fileValidator({ size, modified }: FileFacts, now: number): string | undefined {
  if (size === undefined || modified === undefined) return undefined;
  const time = modified.getTime();
  return now - time < RECENT_MILLISECONDS ? undefined : `${size}-${time}`;
}
