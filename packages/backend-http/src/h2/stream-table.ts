import type { Stream } from './stream.ts';

const FIRST_PLACES = 16;

/** The open streams by their identifiers. Nothing is allocated for a stream but the stream. */
export class StreamTable {
  #places: (Stream | undefined)[] = emptyPlaces(FIRST_PLACES);
  size = 0;

  get(id: number): Stream | undefined {
    let stream = this.#places[this.#placeOf(id)];
    while (stream !== undefined && stream.id !== id) stream = stream.nextInPlace;
    return stream;
  }

  add(stream: Stream): void {
    if (this.size >= this.#places.length) this.#grow();
    this.size += 1;
    this.#put(stream);
  }

  /** Harmless for a stream that is not in the table. */
  remove(stream: Stream): void {
    const place = this.#placeOf(stream.id);
    let before: Stream | undefined;
    let found = this.#places[place];
    while (found !== undefined && found !== stream) {
      before = found;
      found = found.nextInPlace;
    }
    if (found === undefined) return;
    if (before === undefined) this.#places[place] = stream.nextInPlace;
    else before.nextInPlace = stream.nextInPlace;
    stream.nextInPlace = undefined;
    this.size -= 1;
  }

  /** All of them, in no order. For what happens seldom. */
  list(): readonly Stream[] {
    const streams: Stream[] = [];
    for (let stream of this.#places) {
      for (; stream !== undefined; stream = stream.nextInPlace) streams.push(stream);
    }
    return streams;
  }

  #put(stream: Stream): void {
    const place = this.#placeOf(stream.id);
    stream.nextInPlace = this.#places[place];
    this.#places[place] = stream;
  }

  /** Identifiers of one side differ in all bits but the last. */
  #placeOf(id: number): number {
    return (id >>> 1) & (this.#places.length - 1);
  }

  #grow(): void {
    const streams = this.list();
    this.#places = emptyPlaces(this.#places.length * 2);
    for (const stream of streams) this.#put(stream);
  }
}

function emptyPlaces(count: number): (Stream | undefined)[] {
  return Array.from({ length: count }, () => undefined);
}
