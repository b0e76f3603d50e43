import type { HeaderEntry } from '@netaccess/core';

import { ENHANCE_YOUR_CALM, PROTOCOL_ERROR } from './error-code.ts';
import type { DecodedField, FieldSink } from './hpack/field.ts';
import { HEADER_FIELDS } from './limits.ts';

/** What of a message is read: a head and a request have pseudo-fields, trailers have none. */
export type Section = 'reply' | 'request' | 'trailers';

const pseudoFields: Readonly<Record<Section, readonly string[]>> = {
  reply: [':status'],
  request: [':method', ':scheme', ':authority', ':path'],
  trailers: [],
};

/** Takes the fields of one section as they are decoded, and judges them (RFC 9113 §8.1.1). Used again for every section of a connection. */
export class MessageFields implements FieldSink {
  #section: Section = 'reply';
  #count = 0;
  /** Without pseudo-fields. */
  fields: HeaderEntry[] = [];
  /** Pseudo-fields with their values, but for `:status`. */
  readonly pseudo: Map<string, string> = new Map();
  /** 0: none came. */
  status = 0;
  contentLength: number | undefined;
  /** The first thing that was found wrong with the section. */
  fault: string | undefined;
  /** The error code that goes with it. */
  faultCode: number = PROTOCOL_ERROR;

  begin(section: Section): void {
    this.#section = section;
    this.#count = 0;
    this.fields = [];
    if (this.pseudo.size > 0) this.pseudo.clear();
    this.status = 0;
    this.contentLength = undefined;
    this.fault = undefined;
    this.faultCode = PROTOCOL_ERROR;
  }

  field(field: DecodedField): void {
    this.#count += 1;
    if (this.fault !== undefined) return;
    if (this.#count > HEADER_FIELDS) return this.tooMuch(`${HEADER_FIELDS} fields`);
    if (field.fault !== undefined) this.#faulty(field.fault);
    else if (field.pseudo) this.#takePseudo(field.name, field.value);
    else {
      if (field.name === 'content-length') this.#takeLength(field.value);
      this.fields.push(field.entry);
    }
  }

  /** After the last field: what is missing is a fault, too. */
  end(): void {
    if (this.fault !== undefined || this.#section === 'trailers') return;
    if (this.#section === 'reply') {
      if (this.status === 0) this.#faulty('a head without :status');
      return;
    }
    for (const name of pseudoFields.request) {
      if ((this.pseudo.get(name) ?? '') === '') this.#faulty(`a promised request without ${name}`);
    }
  }

  /** The section has more than `limit`. */
  tooMuch(limit: string): void {
    this.fault = `a header section of more than ${limit}`;
    this.faultCode = ENHANCE_YOUR_CALM;
  }

  #takePseudo(name: string, value: string): void {
    if (!pseudoFields[this.#section].includes(name))
      return this.#faulty(`the pseudo-field ${JSON.stringify(name)}`);
    if (this.fields.length > 0) return this.#faulty(`${name} after other fields`);
    if (name === ':status') return this.#takeStatus(value);
    if (this.pseudo.has(name)) return this.#faulty(`two fields ${name}`);
    this.pseudo.set(name, value);
  }

  #takeStatus(value: string): void {
    if (this.status !== 0) this.#faulty('two fields :status');
    else if (!/^[1-9]\d\d$/.test(value)) this.#faulty(`:status ${JSON.stringify(value)}`);
    else this.status = Number(value);
  }

  /** Identical repetitions are one (RFC 9110 §8.6). */
  #takeLength(value: string): void {
    for (const part of value.split(',')) {
      const digits = part.trim();
      const length = Number(digits);
      const differs = this.contentLength !== undefined && this.contentLength !== length;
      if (!/^\d+$/.test(digits) || !Number.isSafeInteger(length) || differs)
        return this.#faulty(`Content-Length ${JSON.stringify(value)}`);
      this.contentLength = length;
    }
  }

  #faulty(what: string): void {
    this.fault ??= `malformed message: ${what}`;
  }
}
