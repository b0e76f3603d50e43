import type { HeaderEntry } from '@netaccess/core';
import { networkFailure } from '@netaccess/transport';

import { fieldFault } from './hpack/field.ts';
import { DEFAULT_URGENCY, type Priority } from './stream.ts';

/** What stands at the beginning of a request. */
export interface Http2RequestHead {
  /** Upper case for the operations that HTTP knows, otherwise as the caller wrote it. */
  readonly operation: string;
  readonly scheme: string;
  /** Empty: not sent. */
  readonly authority: string;
  readonly path: string;
  /** In any case. Those that concern only a connection are refused, but for TE: trailers. */
  readonly fields: readonly HeaderEntry[];
  /** Bytes of the upload, if known: announced to the peer, and kept. */
  readonly length?: number | undefined;
  /** An upload follows; otherwise the request ends with its head. */
  readonly hasUpload: boolean;
  readonly priority?: Priority | undefined;
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const requestTarget = /^[\x21-\x7e]+$/;
/** Those that say what `Http2RequestHead` says otherwise, or speak of another version. */
const refusedNames: ReadonlySet<string> = new Set(['host', 'http2-settings', 'content-length']);

/** Of lists that cannot change, such as the one that most requests share. */
const knownFields = new WeakMap<readonly HeaderEntry[], readonly HeaderEntry[]>();

/** Throws at everything in a head that would make it something else. */
export function checkRequestHead(head: Http2RequestHead): void {
  const { operation, scheme, authority, path } = head;
  if (!token.test(operation)) throw refused(`the verb ${JSON.stringify(operation)} is no token`);
  if (operation === 'CONNECT') throw refused('CONNECT is no request of this engine');
  for (const part of [scheme, path]) {
    if (!requestTarget.test(part)) throw refused(`${JSON.stringify(part)} in a request target`);
  }
  if (authority !== '' && !requestTarget.test(authority))
    throw refused(`the authority ${JSON.stringify(authority)} is none`);
}

/** The fields as they go on the wire: names in lower case (RFC 9113 §8.2.1). Throws for those that may not. */
export function requestFields(fields: readonly HeaderEntry[]): readonly HeaderEntry[] {
  const known = knownFields.get(fields);
  if (known !== undefined) return known;
  const lower = fields.map((entry) => requestField(entry));
  if (Object.isFrozen(fields)) knownFields.set(fields, lower);
  return lower;
}

function requestField([name, value]: HeaderEntry): HeaderEntry {
  const lower = name.toLowerCase();
  if (refusedNames.has(lower)) throw refused(`the header ${name}`);
  const fault = fieldFault(lower, value);
  if (fault !== undefined || lower.startsWith(':')) throw refused(fault ?? `the header ${name}`);
  return [lower, value];
}

/** What the `priority` field, or a PRIORITY_UPDATE, says (RFC 9218 §4); empty: nothing but what holds anyway. */
export function priorityText({ urgency = DEFAULT_URGENCY, incremental = false }: Priority): string {
  if (!Number.isInteger(urgency) || urgency < 0 || urgency > 7)
    throw refused(`the urgency ${urgency}`);
  const parts = [];
  if (urgency !== DEFAULT_URGENCY) parts.push(`u=${urgency}`);
  if (incremental) parts.push('i');
  return parts.join(', ');
}

function refused(what: string): Error {
  return networkFailure('protocol-invalid-operation', what);
}
