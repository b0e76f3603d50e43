import type { HeaderEntry } from '@netaccess/core';
import { networkFailure } from '@netaccess/transport';

/** What stands at the beginning of a request. */
export interface RequestMessageHead {
  /** Upper case for the operations that HTTP knows, otherwise as the caller wrote it. */
  readonly operation: string;
  /** Origin form, or absolute form for a proxy (RFC 9112 §3.2). */
  readonly target: string;
  readonly host: string;
  readonly fields: readonly HeaderEntry[];
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Neither line ends nor NUL: what comes after one would be a field, or a request, of its own. */
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const requestTarget = /^[\x21-\x7e]+$/;
const authority = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~%!$&'()*+;=]+)(?::\d*)?$/;

/** The head as text of one byte a character, with the empty line. Throws at everything that would make it something else. */
export function requestHead(head: RequestMessageHead): string {
  const { operation, target, host, fields } = head;
  if (!isToken(operation)) throw refused(`the verb ${JSON.stringify(operation)} is no token`);
  if (!requestTarget.test(target))
    throw refused('a request target with a character that it may not have');
  if (!authority.test(host)) throw refused(`the Host ${JSON.stringify(host)} is none`);
  let text = `${operation} ${target} HTTP/1.1\r\nHost: ${host}\r\n`;
  text += fieldLines(fields);
  return `${text}\r\n`;
}

/** Of lists that cannot change, such as the one that most requests share. */
const knownLines = new WeakMap<readonly HeaderEntry[], string>();

function fieldLines(fields: readonly HeaderEntry[]): string {
  const known = knownLines.get(fields);
  if (known !== undefined) return known;
  let lines = '';
  for (const [name, value] of fields) lines += fieldLine(name, value);
  if (Object.isFrozen(fields)) knownLines.set(fields, lines);
  return lines;
}

/** One field line with its end. */
export function fieldLine(name: string, value: string): string {
  if (!isToken(name)) throw refused(`the header name ${JSON.stringify(name)} is no token`);
  if (!fieldValue.test(value)) {
    throw refused(`the value of ${name} has a character that no header may have`);
  }
  return `${name}: ${value}\r\n`;
}

/** A name by the standard's rule (RFC 9110 §5.6.2): of a field, of an operation. */
export function isToken(text: string): boolean {
  return token.test(text);
}

function refused(what: string): Error {
  return networkFailure('protocol-invalid-operation', what);
}
