import type { HeaderEntry } from '@netaccess/core';

import type { Flight } from './flight.ts';

/** As many as there are often requests at once; more of them share a place. */
const PLACES = 256;

/**
 * The exchanges under way, by key. Not a Map: one that is filled and emptied all the time leaves its former tables behind, which hold
 * young objects long after they are of use.
 */
export class FlightTable {
  readonly #places: (Flight | undefined)[] = Array.from({ length: PLACES }, () => undefined);

  /** The last key of each place whose reply turned out to be one caller's alone: to wait for the next one would be in vain. */
  readonly #alone: (string | undefined)[] = Array.from({ length: PLACES }, () => undefined);

  isAlone(key: string): boolean {
    return this.#alone[placeOf(key)] === key;
  }

  setAlone(key: string, alone: boolean): void {
    const place = placeOf(key);
    if (alone) this.#alone[place] = key;
    else if (this.#alone[place] === key) this.#alone[place] = undefined;
  }

  add(flight: Flight): void {
    const place = placeOf(flight.key);
    flight.following = this.#places[place];
    this.#places[place] = flight;
  }

  remove(flight: Flight): void {
    const place = placeOf(flight.key);
    let before: Flight | undefined;
    for (let each = this.#places[place]; each !== undefined; each = each.following) {
      if (each === flight) {
        if (before === undefined) this.#places[place] = flight.following;
        else before.following = flight.following;
        flight.following = undefined;
        return;
      }
      before = each;
    }
  }

  /** One that a request with these fields may wait for. */
  find(key: string, headers: readonly HeaderEntry[]): Flight | undefined {
    for (let each = this.#places[placeOf(key)]; each !== undefined; each = each.following)
      if (each.key === key && each.mayServe(headers)) return each;
    return undefined;
  }

  /** What the key names has changed: whatever is under way is neither stored nor shared any more. */
  spoil(key: string): void {
    for (let each = this.#places[placeOf(key)]; each !== undefined; each = each.following)
      if (each.key === key) each.spoil();
  }
}

/** Of the end of the key, where URLs differ. */
function placeOf(key: string): number {
  let hash = key.length;
  for (let index = Math.max(0, key.length - 16); index < key.length; index += 1)
    hash = (hash * 31 + key.charCodeAt(index)) & 0xffff;
  return hash % PLACES;
}
