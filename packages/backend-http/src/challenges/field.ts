/** One challenge as it stood in a field (RFC 9110 §11.3). */
export interface ParsedChallenge {
  /** Lower case. */
  readonly scheme: string;
  readonly token68: string | undefined;
  /** By lower-case name; quotes and escapes are undone. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** A token (RFC 9110 §5.6.2). */
const token = /[!#$%&'*+\-.^_`|~\w]+/y;
const space = /[ \t]*/y;
const separators = /[ \t,]*/y;
/** Alone up to the next comma or the end: `abc==`, but not `realm="x"`. */
const token68 = /[\w\-.~+/]+=*(?=[ \t]*(?:,|$))/y;
/** RFC 9110 §5.6.4. Control characters are accepted here: the engine that read the field refused those that it must. */
const quotedString = /"(?:[^"\\]|\\.)*"/sy;
/** Some servers forget the quotes around `realm=My Site`; browsers accept that. */
const unquoted = /[^",]+/y;
const equals = /[ \t]*=[ \t]*/y;
const upToComma = /(?:"(?:[^"\\]|\\.)*"?|[^",])*/sy;

/**
 * The challenges of one field line, at most `limit`. What is malformed ends at the next comma, and the challenge that it belongs to
 * is left out; a quoted string that never ends takes the rest of the line with it.
 */
export function parseChallengeField(line: string, limit: number): readonly ParsedChallenge[] {
  const scanner = new Scanner(line);
  const found: ParsedChallenge[] = [];
  scanner.skip(separators);
  while (!scanner.done && found.length < limit) {
    const challenge = readChallenge(scanner);
    if (challenge) found.push(challenge);
  }
  return found;
}

/** A challenge with all its parameters, or `undefined` for a malformed one; in both cases it is behind the scanner afterwards. */
function readChallenge(scanner: Scanner): ParsedChallenge | undefined {
  const scheme = scanner.take(token);
  const parameters = new Map<string, string>();
  let sound = scheme !== undefined && scanner.atSpaceOrEnd();
  if (!sound) scanner.skip(upToComma);
  scanner.skip(space);
  const credential = sound ? scanner.take(token68) : undefined;
  scanner.skip(separators);
  while (scanner.atParameter()) sound = readParameter(scanner, parameters) && sound;
  if (!sound || scheme === undefined) return undefined;
  return { scheme: scheme.toLowerCase(), token68: credential, parameters };
}

/** Reads `name = value` and the separators behind it; false where it is malformed or there twice. */
function readParameter(scanner: Scanner, parameters: Map<string, string>): boolean {
  const name = scanner.take(token)?.toLowerCase() ?? '';
  scanner.skip(equals);
  const quoted = scanner.take(quotedString);
  const value = quoted === undefined ? scanner.take(unquoted)?.trimEnd() : unescaped(quoted);
  const rest = scanner.take(upToComma)?.trim() ?? '';
  scanner.skip(separators);
  if (value === undefined || rest !== '' || parameters.has(name)) return false;
  parameters.set(name, value);
  return true;
}

function unescaped(quoted: string): string {
  return quoted.slice(1, -1).replaceAll(/\\(.)/gs, '$1');
}

/** A place in a text, moved by sticky expressions only, so that every step takes linear time. */
class Scanner {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  /** What `pattern` matches here, which is then behind; `undefined` where it does not match or matches nothing. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text)?.[0];
    if (match === undefined || match === '') return undefined;
    this.at += match.length;
    return match;
  }

  skip(pattern: RegExp): void {
    this.take(pattern);
  }

  atSpaceOrEnd(): boolean {
    return this.done || /[ \t,]/.test(this.text.charAt(this.at));
  }

  /** A name and `=` follow: a scheme has no `=` behind it. */
  atParameter(): boolean {
    const before = this.at;
    const follows = this.take(token) !== undefined && this.take(equals) !== undefined;
    this.at = before;
    return follows;
  }
}
