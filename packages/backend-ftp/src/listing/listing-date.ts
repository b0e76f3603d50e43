import { olderSpellings } from './older-alphabets.ts';

/** Languages in which servers were met that shorten months to words of three to five letters. */
const languages = [
  'en',
  'de',
  'fr',
  'es',
  'it',
  'pt',
  'nl',
  'sv',
  'da',
  'nb',
  'fi',
  'pl',
  'cs',
  'hu',
  'ru',
  'el',
  'tr',
];
const MONTHS = 12;

let numbers: ReadonlyMap<string, number> | undefined;

/** The wall clock of a server whose time zone nobody knows. */
export interface WallTime {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour?: number | undefined;
  readonly minute?: number | undefined;
}

/** ISO 8601 without a zone; `undefined` for what no calendar has. */
export function wallTime({ year, month, day, hour = 0, minute = 0 }: WallTime): string | undefined {
  const possible =
    month >= 1 && month <= MONTHS && day >= 1 && day <= 31 && hour < 24 && minute < 60;
  if (!possible) return undefined;
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}T${digits(hour, 2)}:${digits(minute, 2)}:00`;
}

/** The month that a word names, from 1, in whatever language. */
export function monthNumber(word: string): number | undefined {
  numbers ??= monthWords();
  const plain = word.toLowerCase().replaceAll('.', '');
  return numbers.get(plain) ?? numbers.get(plain.slice(0, 3));
}

/** The year of a date that states none: the last time that it was that day. */
export function latestYear(month: number, day: number, time: string, now: Date): number {
  const year = now.getUTCFullYear();
  const then = `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}T${time.padStart(5, '0')}`;
  return then > now.toISOString().slice(0, then.length) ? year - 1 : year;
}

/** Of a century that is not stated (POSIX: 69 is 1969). */
export function fullYear(year: number): number {
  if (year >= 100) return year;
  return year < 69 ? 2000 + year : 1900 + year;
}

function monthWords(): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const language of languages) {
    for (let month = 1; month <= MONTHS; month += 1) {
      for (const word of wordsOf(language, month)) {
        // English first: where two languages differ, more servers speak that.
        for (const key of keysOf(word)) if (!found.has(key)) found.set(key, month);
      }
    }
  }
  return found;
}

/** Short and long, by itself and beside a day: languages with cases have one of each. */
function wordsOf(language: string, month: number): readonly string[] {
  const date = Date.UTC(2000, month - 1, 1);
  return (['short', 'long'] as const).flatMap((style) =>
    ([undefined, 'numeric'] as const).map((day) => {
      const options = { month: style, timeZone: 'UTC', ...(day && { day }) } as const;
      const parts = new Intl.DateTimeFormat(language, options).formatToParts(date);
      return parts.find(({ type }) => type === 'month')?.value.replaceAll('.', '') ?? '';
    }),
  );
}

/** A listing that is not UTF-8 is read as latin1, so months in older alphabets are known as that, too. */
function keysOf(word: string): readonly string[] {
  const spellings = [word, ...olderSpellings(word)].map((spelling) => spelling.toLowerCase());
  return spellings.filter((spelling) => spelling !== '').flatMap((key) => [key, key.slice(0, 3)]);
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}
