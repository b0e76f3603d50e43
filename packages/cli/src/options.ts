/** One option of the command line. */
export interface Option {
  /** curl's letter, where it has one. */
  readonly letter?: string;
  readonly name: string;
  /** What stands after it; absent: nothing. */
  readonly value?: string;
  /** The value may be left out, and follows a `=` where it is not. */
  readonly optional?: true;
  readonly help: string;
}

/** Options and what stands between them, in the order in which they were written. */
export interface ParsedOptions {
  readonly operands: readonly string[];
  /** The values of an option, oldest first; of one that takes none, `''` each time. */
  all(name: string): readonly string[];
  /** The last value given. */
  last(name: string): string | undefined;
  has(name: string): boolean;
}

/** The command line cannot be understood; the message says which part. */
export class UsageError extends Error {
  static {
    this.prototype.name = 'UsageError';
  }
}

/**
 * Reads a command line as curl does: letters may be joined (`-sSf`), a letter's value may follow at once (`-ofile`), a name's after
 * a blank or `=`, a value may begin with `-`, and after `--` everything is an operand. `-` alone is one, too.
 */
export function parseOptions(options: readonly Option[], words: readonly string[]): ParsedOptions {
  const given = new Map<string, string[]>();
  const operands: string[] = [];
  const rest = [...words];
  const take = (option: Option, attached: string | undefined): void => {
    const alone = option.value === undefined || option.optional === true;
    const value = alone ? (attached ?? '') : (attached ?? rest.shift());
    if (value === undefined) throw new UsageError(`--${option.name} needs ${option.value}`);
    given.set(option.name, [...(given.get(option.name) ?? []), value]);
  };
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') operands.push(...rest.splice(0));
    else if (word.startsWith('--')) takeName(options, word, take);
    else if (word.startsWith('-') && word !== '-') takeLetters(options, word, take);
    else operands.push(word);
  }
  const all = (name: string): readonly string[] => given.get(name) ?? [];
  return {
    operands,
    all,
    last: (name) => all(name).at(-1),
    has: (name) => given.has(name),
  };
}

type Take = (option: Option, attached: string | undefined) => void;

function takeName(options: readonly Option[], word: string, take: Take): void {
  const [name = '', ...parts] = word.slice(2).split('=');
  const option = options.find((one) => one.name === name);
  if (option === undefined) throw new UsageError(`--${name} is not known`);
  const attached = parts.length === 0 ? undefined : parts.join('=');
  if (attached !== undefined && option.value === undefined) {
    throw new UsageError(`--${name} takes no value`);
  }
  take(option, attached);
}

function takeLetters(options: readonly Option[], word: string, take: Take): void {
  for (let index = 1; index < word.length; index += 1) {
    const letter = word[index];
    const option = options.find((one) => one.letter === letter);
    if (option === undefined) throw new UsageError(`-${letter} is not known`);
    const attached = word.slice(index + 1);
    take(option, attached === '' ? undefined : attached);
    if (option.value !== undefined) return;
  }
}

/** The options as lines of a help text. */
export function describeOptions(options: readonly Option[]): string {
  const heads = options.map(({ letter, name, value, optional }) => {
    const short = letter === undefined ? '    ' : `-${letter}, `;
    const after = value === undefined ? '' : optional ? `[=${value}]` : ` ${value}`;
    return `  ${short}--${name}${after}`;
  });
  const width = Math.max(...heads.map((head) => head.length)) + 2;
  return options.map(({ help }, index) => heads[index]!.padEnd(width) + help).join('\n');
}
