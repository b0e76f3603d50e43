import type { HeaderEntry } from '@netaccess/core';

/** RFC 7541 §4.1: what an entry of a table, and a field of a list (RFC 9113 §6.5.2), counts beyond its name and value. */
export const FIELD_OVERHEAD_BYTES = 32;

/** A field of a header block. One in a table is made once, however often it is referred to. */
export interface DecodedField {
  /** Shared by every list that has the field. */
  readonly entry: HeaderEntry;
  /** As it came, one character for each byte. */
  readonly name: string;
  readonly value: string;
  /** What it counts in a table and in a list. */
  readonly bytes: number;
  /** The name begins with a colon; which of them may stand where is not looked at. */
  readonly pseudo: boolean;
  /** What `characterFlaws` says of the name: other fields may be made with it. */
  readonly nameFlaws: number;
  /** Why the message is malformed that has it (RFC 9113 §8.2.1, §8.2.2). */
  readonly fault: string | undefined;
}

/** Is told of the fields of a block in their order. Must not throw. */
export interface FieldSink {
  field(field: DecodedField): void;
}

/** Set for text that may not be the name of a field, or of a pseudo-field: RFC 9110 §5.6.2, in lower case. */
export const NO_NAME = 1;
/** Set for text that may not be a value: RFC 9110 §5.5. */
export const NO_VALUE = 2;

/** By byte: `NO_NAME` and `NO_VALUE`, where it may not stand in one. */
export const characterFlaws: Uint8Array = new Uint8Array(256).fill(NO_NAME);
const TAB = 9;
const SPACE = 32;
const COLON = 58;
const DELETE = 127;
for (let byte = 0; byte < 256; byte += 1) {
  if ((byte < SPACE && byte !== TAB) || byte === DELETE) characterFlaws[byte] = NO_NAME | NO_VALUE;
}
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") {
  characterFlaws[character.charCodeAt(0)] = 0;
}

/** RFC 9113 §8.2.2: these speak of an HTTP/1 connection. */
const connectionNames: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Makes a field of text whose characters were looked at: `nameFlaws` of the name, `valueFlaws` of the value. */
export function decodedField(name: string, value: string, flaws: FieldFlaws): DecodedField {
  return {
    entry: [name, value],
    name,
    value,
    bytes: name.length + value.length + FIELD_OVERHEAD_BYTES,
    pseudo: name.charCodeAt(0) === COLON,
    nameFlaws: flaws.ofName,
    fault: faultOf(name, value, flaws),
  };
}

/** What `characterFlaws` says of all the characters together. */
export interface FieldFlaws {
  readonly ofName: number;
  readonly ofValue: number;
}

/** Why a field may not stand in a message, if it may not. Of a field to be sent: also if it cannot be written, one byte for each character. */
export function fieldFault(name: string, value: string): string | undefined {
  return faultOf(name, value, { ofName: nameFlaws(name), ofValue: textFlaws(value, 0) });
}

/** The flaws of a name: a colon may come first (RFC 9113 §8.3), and at least one character has to follow. */
export function nameFlaws(name: string): number {
  const start = name.charCodeAt(0) === COLON ? 1 : 0;
  return name.length === start ? NO_NAME : textFlaws(name, start);
}

/** The flaws of all characters from `start` on. */
export function textFlaws(text: string, start: number): number {
  let flaws = 0;
  for (let index = start; index < text.length; index += 1) {
    flaws |= characterFlaws[text.charCodeAt(index)] ?? NO_NAME | NO_VALUE;
  }
  return flaws;
}

function faultOf(name: string, value: string, { ofName, ofValue }: FieldFlaws): string | undefined {
  if (ofName & NO_NAME)
    return `the field name ${JSON.stringify(name)} is none, or not in lower case`;
  if (ofValue & NO_VALUE) return `a forbidden character in the value of ${name}`;
  if (isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(value.length - 1)))
    return `blanks around the value of ${name}`;
  if (connectionNames.has(name)) return `the connection-specific field ${name}`;
  if (name === 'te' && value !== 'trailers')
    return 'the field te with something else than trailers';
  return undefined;
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
