import { FIELD_OVERHEAD_BYTES } from './field.ts';
import { staticTable } from './static-table.ts';

/** A field in the dynamic table. */
export interface EncoderEntry {
  readonly name: string;
  readonly value: string;
  readonly bytes: number;
  /** How many entries were added before. */
  readonly ordinal: number;
  /** It was referred to since it was added. */
  used: boolean;
  /** The next newer one with the same name. */
  newer: EncoderEntry | undefined;
  /** The next newer one of all. */
  next: EncoderEntry | undefined;
}

/** All that is known of a name. */
export interface EncoderName {
  /** Of the first entry of the static table with the name; 0: there is none. */
  readonly staticIndex: number;
  /** The values beside the name in the static table, from `staticIndex` on. */
  readonly staticValues: readonly string[];
  /** Entries of the dynamic table with the name, as far as there are any. */
  oldest: EncoderEntry | undefined;
  newest: EncoderEntry | undefined;
  /** What was last sent without being added. */
  lastValue: string | undefined;
}

/** The index space as the peer's decoder has it (RFC 7541 §2.3), found by name and value. */
export class EncoderTable {
  readonly #names: Map<string, EncoderName> = staticNames();
  #oldest: EncoderEntry | undefined;
  #newest: EncoderEntry | undefined;
  #added = 0;
  #usedBytes = 0;
  #maximumBytes: number;

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  get maximumBytes(): number {
    return this.#maximumBytes;
  }

  /** What is known of a name, if anything is. */
  name(name: string): EncoderName | undefined {
    return this.#names.get(name);
  }

  /** The index of a field that is in the table as a whole; 0: it is not. */
  indexOf(known: EncoderName, value: string): number {
    const place = known.staticValues.indexOf(value);
    if (place !== -1) return known.staticIndex + place;
    for (let entry = known.oldest; entry !== undefined; entry = entry.newer) {
      if (entry.value !== value) continue;
      entry.used = true;
      return this.#index(entry);
    }
    return 0;
  }

  /** An index that has the name; 0: none has. */
  nameIndexOf(known: EncoderName): number {
    if (known.staticIndex !== 0) return known.staticIndex;
    return known.newest === undefined ? 0 : this.#index(known.newest);
  }

  /** Adds a field in front (RFC 7541 §4.4), which has to fit into the table. */
  add(name: string, value: string): void {
    const bytes = name.length + value.length + FIELD_OVERHEAD_BYTES;
    this.#shrinkTo(this.#maximumBytes - bytes);
    const ordinal = this.#added;
    const entry: EncoderEntry = {
      name,
      value,
      bytes,
      ordinal,
      used: false,
      newer: undefined,
      next: undefined,
    };
    this.#added += 1;
    this.#usedBytes += bytes;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.next = entry;
    this.#newest = entry;
    this.#addToName(entry);
  }

  /** Changes the size, and drops what has no more room (RFC 7541 §4.3). */
  resize(maximumBytes: number): void {
    this.#maximumBytes = maximumBytes;
    this.#shrinkTo(maximumBytes);
  }

  #index(entry: EncoderEntry): number {
    return staticTable.length + this.#added - entry.ordinal;
  }

  #addToName(entry: EncoderEntry): void {
    let known = this.#names.get(entry.name);
    if (known === undefined) {
      known = newName(0, []);
      this.#names.set(entry.name, known);
    }
    if (known.newest === undefined) known.oldest = entry;
    else known.newest.newer = entry;
    known.newest = entry;
  }

  #shrinkTo(bytes: number): void {
    while (this.#usedBytes > bytes && this.#oldest !== undefined) {
      const entry = this.#oldest;
      this.#oldest = entry.next;
      if (entry.next === undefined) this.#newest = undefined;
      this.#usedBytes -= entry.bytes;
      this.#dropFromName(entry);
    }
  }

  /** The oldest of all is the oldest with its name. */
  #dropFromName(entry: EncoderEntry): void {
    const known = this.#names.get(entry.name);
    if (known === undefined) return;
    known.oldest = entry.newer;
    if (entry.newer !== undefined) return;
    known.newest = undefined;
    if (known.staticIndex === 0) this.#names.delete(entry.name);
  }
}

function staticNames(): Map<string, EncoderName> {
  const names = new Map<string, EncoderName>();
  for (const [place, [name]] of staticTable.entries()) {
    if (names.has(name)) continue;
    const staticValues = staticTable.filter(([other]) => other === name).map(([, value]) => value);
    names.set(name, newName(place + 1, staticValues));
  }
  return names;
}

function newName(staticIndex: number, staticValues: readonly string[]): EncoderName {
  return { staticIndex, staticValues, oldest: undefined, newest: undefined, lastValue: undefined };
}
