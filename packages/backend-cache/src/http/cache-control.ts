/** 68 years: longer times mean the same, and arithmetic stays exact (RFC 9111 §1.2.2). */
export const LONGEST_SECONDS = 2_147_483_648;

/** One directive: its name in lower case, and its argument, if it has one. */
export interface Directive {
  readonly name: string;
  readonly argument?: string | undefined;
  readonly quoted: boolean;
}

/** What `Cache-Control` fields say, whether of a request or of a reply. Times are in seconds. */
export interface Directives {
  readonly noStore: boolean;
  /** Without naming fields. */
  readonly noCache: boolean;
  readonly noCacheFields: readonly string[];
  readonly isPrivate: boolean;
  readonly privateFields: readonly string[];
  readonly isPublic: boolean;
  readonly mustRevalidate: boolean;
  readonly proxyRevalidate: boolean;
  readonly mustUnderstand: boolean;
  readonly onlyIfCached: boolean;
  readonly immutable: boolean;
  /** The smallest, if there are several; 0 where it is no number: what nobody understands is stale. */
  readonly maxAge?: number | undefined;
  readonly sMaxAge?: number | undefined;
  readonly staleWhileRevalidate?: number | undefined;
  readonly staleIfError?: number | undefined;
  /** `Infinity` without an argument. */
  readonly maxStale?: number | undefined;
  /** The largest; `Infinity` where it is no number. */
  readonly minFresh?: number | undefined;
}

/** What no fields say. */
export const noDirectives: Directives = Object.freeze({
  noStore: false,
  noCache: false,
  noCacheFields: Object.freeze([]),
  isPrivate: false,
  privateFields: Object.freeze([]),
  isPublic: false,
  mustRevalidate: false,
  proxyRevalidate: false,
  mustUnderstand: false,
  onlyIfCached: false,
  immutable: false,
});

/** What the fields say (RFC 9111 §5.2). Whatever is malformed or said twice is read in the way that stores and reuses less. */
export function parseCacheControl(values: readonly string[]): Directives {
  if (values.length === 0) return noDirectives;
  const [only = ''] = values;
  if (values.length > 1 || only.length > REMEMBERED_CHARACTERS)
    return directivesOf(values.flatMap(parseDirectives));
  const seen = remembered.get(only);
  if (seen !== undefined) return seen;
  const directives = directivesOf(parseDirectives(only));
  if (remembered.size === MAXIMUM_REMEMBERED) remembered.clear();
  remembered.set(only, directives);
  return directives;
}

/** Most replies say one of a few things. */
const remembered = new Map<string, Directives>();
const MAXIMUM_REMEMBERED = 256;
const REMEMBERED_CHARACTERS = 128;

/** Name, and what follows an equals sign: a quoted string, or everything up to the next comma. */
const directive = /\s*([^=,"]*)(?:=(?:\s*"((?:[^"\\]|\\.)*)"\s*(?=,|$)|([^,]*)))?(?:,|$)/gsy;

function parseDirectives(value: string): Directive[] {
  const found: Directive[] = [];
  directive.lastIndex = 0;
  while (directive.lastIndex < value.length) {
    const start = directive.lastIndex;
    const match = directive.exec(value);
    if (match === null) {
      // A quotation mark in a name: nobody knows what was meant.
      found.push(unreadable);
      directive.lastIndex = nextMember(value, start);
      continue;
    }
    const [, rawName = '', quoted, plain] = match;
    const name = rawName.trim().toLowerCase();
    if (name === '') continue;
    if (plain?.trimStart().startsWith('"') === true) found.push(unreadable);
    const spaced = (quoted ?? plain) !== undefined && rawName.trimEnd() !== rawName;
    const argument = spaced ? ' ' : (quoted?.replaceAll(/\\(.)/gs, '$1') ?? plain?.trimEnd());
    found.push({ name, argument, quoted: quoted !== undefined && !spaced });
  }
  return found;
}

/** It may have forbidden something: whatever it is in is confirmed each time. */
const unreadable: Directive = { name: 'no-cache', quoted: false };

function nextMember(value: string, start: number): number {
  const comma = value.indexOf(',', start);
  return comma === -1 ? value.length : comma + 1;
}

/** What the directives say together. */
export function directivesOf(directives: readonly Directive[]): Directives {
  const said: { -readonly [Key in keyof Directives]: Directives[Key] } = {
    ...noDirectives,
  };
  for (const { name, argument, quoted } of directives) {
    switch (name) {
      case 'no-store':
        said.noStore = true;
        break;
      case 'no-cache':
        if (quoted) said.noCacheFields = [...said.noCacheFields, ...fieldNames(argument)];
        else said.noCache = true;
        break;
      case 'private':
        if (quoted) said.privateFields = [...said.privateFields, ...fieldNames(argument)];
        else said.isPrivate = true;
        break;
      case 'public':
        said.isPublic ||= argument === undefined;
        break;
      case 'must-revalidate':
        said.mustRevalidate = true;
        break;
      case 'proxy-revalidate':
        said.proxyRevalidate = true;
        break;
      case 'must-understand':
        said.mustUnderstand ||= argument === undefined;
        break;
      case 'only-if-cached':
        said.onlyIfCached = true;
        break;
      case 'immutable':
        said.immutable ||= argument === undefined;
        break;
      case 'max-age':
        said.maxAge = Math.min(said.maxAge ?? Infinity, seconds(argument) ?? 0);
        break;
      case 's-maxage':
        said.sMaxAge = Math.min(said.sMaxAge ?? Infinity, seconds(argument) ?? 0);
        break;
      case 'stale-while-revalidate':
        said.staleWhileRevalidate = least(said.staleWhileRevalidate, seconds(argument) ?? 0);
        break;
      case 'stale-if-error':
        said.staleIfError = least(said.staleIfError, seconds(argument) ?? 0);
        break;
      case 'max-stale':
        said.maxStale = least(
          said.maxStale,
          argument === undefined ? Infinity : (seconds(argument) ?? 0),
        );
        break;
      case 'min-fresh':
        said.minFresh = Math.max(said.minFresh ?? 0, seconds(argument) ?? Infinity);
        break;
      default:
    }
  }
  return said;
}

function least(known: number | undefined, value: number): number {
  return Math.min(known ?? Infinity, value);
}

function fieldNames(argument = ''): string[] {
  return argument
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** Of delta-seconds (RFC 9111 §1.2.2); `undefined` where it is something else. */
export function seconds(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  return Math.min(Number(text), LONGEST_SECONDS);
}
