import type { Request } from '@netaccess/core';

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

  isAlone(key: string, place: number): boolean {
    return this.#alone[place] === key;
  }

  setAlone(key: string, place: number, alone: boolean): void {
    if (alone) this.#alone[place] = key;
    else if (this.#alone[place] === key) this.#alone[place] = undefined;
  }

  add(flight: Flight): void {
    const { place } = flight;
    flight.following = this.#places[place];
    this.#places[place] = flight;
  }

  remove(flight: Flight): void {
    const { place } = flight;
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

  /** One that the request may wait for. */
  find(key: string, place: number, request: Request): Flight | undefined {
    for (let each = this.#places[place]; each !== undefined; each = each.following)
      if (each.key === key && each.mayServe(request)) return each;
    return undefined;
  }

  /** As `spoil`, for all keys. */
  spoilAll(): void {
    for (const first of this.#places)
      for (let each = first; each !== undefined; each = each.following) each.spoil();
  }

  /** What the key names has changed: whatever is under way is neither stored nor shared any more. */
  spoil(key: string): void {
    for (let each = this.#places[placeOf(key)]; each !== undefined; each = each.following)
      if (each.key === key) each.spoil();
  }
}

/** By the end of the key, where URLs differ. */
export function placeOf(key: string): number {
  let hash = key.length;
  for (let index = Math.max(0, key.length - 8); index < key.length; index += 1)
    hash = (hash * 31 + key.charCodeAt(index)) & 0xffff;
  return hash % PLACES;
}
