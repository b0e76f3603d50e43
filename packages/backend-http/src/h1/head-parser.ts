import { Buffer } from 'node:buffer';

import type { HeaderEntry } from '@netaccess/core';

import { FieldSection } from './field-section.ts';
import { FieldReader, latin1 } from './fields.ts';
import { Framing } from './framing.ts';
import { headLimits, type HeadLimits } from './limits.ts';
import { protocolFailure } from './protocol-failure.ts';

const CR = 13;
const LF = 10;
const begin = Buffer.from('HTTP/', 'latin1');
/** One digit each side of the dot; the reason, and even the space before it, may be missing. */
const statusLine = /^HTTP\/(\d)\.(\d) (\d{3})(?: ([\t\x20-\x7e\x80-\xff]*))?\r?$/;

/** Status line and fields of one reply, interim or final. */
export interface ReplyMessageHead {
  readonly minorVersion: number;
  readonly status: number;
  /** May be empty. */
  readonly reason: string;
  readonly fields: readonly HeaderEntry[];
  readonly framing: Framing;
}

/**
 * Reads one head (RFC 9112 §4, §5) from bytes that may be split anywhere. Takes what the standard lets a user agent take: empty lines
 * before it, lines ended by LF alone, a missing reason, folded values. Everything else is a failure, as soon as it can be told.
 */
export class HeadParser {
  readonly #limits: HeadLimits;
  readonly #section: FieldSection;
  #emptyLines = 0;
  #afterCR = false;
  #begun = 0;
  /** How many bytes of the view last given belong to the head. */
  taken = 0;

  constructor(limits: HeadLimits = headLimits) {
    this.#limits = limits;
    this.#section = new FieldSection(limits, 'the head');
  }

  /** True once a byte of the reply was seen. */
  get started(): boolean {
    return this.#begun > 0 || this.#afterCR || this.#emptyLines > 0;
  }

  /** Takes a view; returns the head when it is complete, or `undefined` when all of the view was taken and more is needed. */
  parse(view: Uint8Array): ReplyMessageHead | undefined {
    const from = this.#begun === 0 ? this.#skipEmptyLines(view) : 0;
    if (this.#begun < begin.length) this.#checkBegin(view, from);
    const end = from < view.length ? this.#section.take(view, from) : -1;
    this.taken = end === -1 ? view.length : end;
    return end === -1 ? undefined : readHead(this.#section);
  }

  #skipEmptyLines(view: Uint8Array): number {
    for (let index = 0; index < view.length; index += 1) {
      const byte = view[index];
      if (byte === LF) this.#countEmptyLine();
      else if (this.#afterCR) throw protocolFailure('a carriage return without a line feed');
      else if (byte !== CR) return index;
      this.#afterCR = byte === CR;
    }
    return view.length;
  }

  #countEmptyLine(): void {
    this.#emptyLines += 1;
    if (this.#emptyLines <= this.#limits.leadingEmptyLines) return;
    throw protocolFailure(
      `more than ${this.#limits.leadingEmptyLines} empty lines before the status line`,
    );
  }

  /** A peer that speaks something else is told by its first bytes: it may never send a line's end. */
  #checkBegin(view: Uint8Array, from: number): void {
    for (let index = from; index < view.length && this.#begun < begin.length; index += 1) {
      if (view[index] !== begin[this.#begun])
        throw protocolFailure('it does not begin with "HTTP/"');
      this.#begun += 1;
    }
  }
}

function readHead({ bytes, start, end }: FieldSection): ReplyMessageHead {
  const text = latin1(bytes, start, end);
  const lineEnd = text.indexOf('\n');
  const { minorVersion, status, reason } = readStatusLine(text.slice(0, lineEnd));
  const reader = new FieldReader(bytes, text, start, start + lineEnd + 1);
  const fields: HeaderEntry[] = [];
  const framing = new Framing();
  while (reader.next()) {
    fields.push([reader.name, reader.value]);
    framing.note(reader.name, reader.value, reader.folded);
  }
  framing.check(minorVersion);
  return { minorVersion, status, reason, fields, framing };
}

type Status = Pick<ReplyMessageHead, 'minorVersion' | 'status' | 'reason'>;

/** Most replies begin with the same line as the one before. */
let lastLine = '';
let lastStatus: Status | undefined;

function readStatusLine(line: string): Status {
  if (lastStatus === undefined || line !== lastLine) {
    lastStatus = parseStatusLine(line);
    lastLine = line;
  }
  return lastStatus;
}

function parseStatusLine(line: string): Status {
  const [, major, minor, code, reason = ''] = statusLine.exec(line) ?? [];
  if (major === undefined) throw protocolFailure('a status line that is none');
  if (major !== '1') throw protocolFailure(`version HTTP/${major}.${minor}`);
  const status = Number(code);
  if (status < 100) throw protocolFailure(`status ${code}`);
  return { minorVersion: Number(minor), status, reason };
}
