import { cacheOptions } from './arguments.ts';
import { cacheFolder, openCache } from './cache-folder.ts';
import { exitCodes } from './exit-code.ts';
import { Failure, messageOf } from './failure.ts';
import type { CommandContext } from './get.ts';
import { printable } from './head-text.ts';
import { cacheHelp } from './help.ts';
import { parseOptions, UsageError } from './options.ts';
import { bytesText } from './quantity.ts';
import { ReaderGone, standardOutput } from './standard-output.ts';

/** A cache that is looked at, and where it is told what was found out. */
interface Inspection {
  readonly store: Awaited<ReturnType<typeof openCache>>;
  readonly folder: string;
  readonly operands: readonly string[];
  readonly print: (line: string) => Promise<void>;
  readonly signal: AbortSignal;
}

interface Action {
  /** Whether URLs, or what they begin with, may follow; `needed`: at least one must. */
  readonly operands: 'none' | 'allowed' | 'needed';
  readonly run: (inspection: Inspection) => Promise<number>;
}

const actions: Readonly<Record<string, Action>> = {
  ls: { operands: 'allowed', run: list },
  rm: { operands: 'needed', run: remove },
  clear: { operands: 'none', run: clear },
  verify: { operands: 'none', run: verify },
  stats: { operands: 'none', run: stats },
};

/** `netaccess cache`: looks at what `--cache` keeps, and removes it. Resolves to the exit code. */
export async function cacheCommand(
  words: readonly string[],
  { streams, signal }: CommandContext,
): Promise<number> {
  const parsed = parseOptions(cacheOptions, words);
  const output = standardOutput(streams.output);
  const print = async (line: string): Promise<void> => await output.write(Buffer.from(`${line}\n`));
  if (parsed.has('help')) {
    await print(cacheHelp);
    return exitCodes.ok;
  }
  const [name = '', ...operands] = parsed.operands;
  const { run } = checkedAction(name, operands);
  const folder = cacheFolder(parsed.last('cache'));
  const store = await openCache(folder);
  try {
    return await run({ store, folder, operands, print, signal });
  } catch (error) {
    if (error instanceof ReaderGone) return exitCodes.notWritten;
    if (error instanceof Failure || error instanceof UsageError || signal.aborted) throw error;
    const what = `the cache in ${folder} cannot be used: ${messageOf(error)}`;
    throw new Failure(exitCodes.notRead, what, error);
  } finally {
    await store.close();
  }
}

function checkedAction(name: string, operands: readonly string[]): Action {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) {
    throw new UsageError(`cache: say one of ${Object.keys(actions).join(', ')}`);
  }
  if (action.operands === 'none' && operands.length > 0) {
    throw new UsageError(`cache ${name} takes no URL`);
  }
  if (action.operands === 'needed' && operands.length === 0) {
    throw new UsageError(`cache ${name}: no URL is given`);
  }
  return action;
}

/** One line for each entry: when it was received, its status, its bytes, its URL. */
async function list({ store, operands, print, signal }: Inspection): Promise<number> {
  for await (const { head } of store.entries()) {
    signal.throwIfAborted();
    if (operands.length > 0 && !operands.some((start) => head.url.startsWith(start))) continue;
    const code = String(head.status?.code ?? '-').padEnd(3);
    const bytes = String(head.length ?? 0).padStart(12);
    await print(`${timeText(head.receivedAt)}  ${code}  ${bytes}  ${printable(head.url)}`);
  }
  return exitCodes.ok;
}

/** All variants and parts of each URL. */
async function remove({ store, operands, print }: Inspection): Promise<number> {
  const { cacheKey } = await import('netaccess/disk-store');
  const missing: string[] = [];
  for (const url of operands.map(parsedUrl)) {
    const key = cacheKey(url);
    const count = await store.remove(key);
    if (count === 0) missing.push(key);
    else await print(`${plural(count, 'entry', 'entries')} removed: ${printable(key)}`);
  }
  if (missing.length === 0) return exitCodes.ok;
  const what = `nothing is stored of ${missing.map(printable).join(', ')}`;
  throw new Failure(exitCodes.remoteNotFound, what);
}

async function clear({ store }: Inspection): Promise<number> {
  await store.clear();
  return exitCodes.ok;
}

/** Reads everything; what is damaged is removed, and is reported by the exit code too. */
async function verify({ store, print }: Inspection): Promise<number> {
  const { entries, damaged } = await store.verify();
  for (const { key, problem } of damaged) {
    await print(`removed: ${printable(key ?? 'an entry whose name is lost')}: ${problem}`);
  }
  await print(`${plural(entries, 'entry', 'entries')} read, ${damaged.length} damaged`);
  return damaged.length === 0 ? exitCodes.ok : exitCodes.damaged;
}

async function stats({ store, folder, print }: Inspection): Promise<number> {
  const { entries, bytes, maximumBytes } = await store.stats();
  const most = maximumBytes === undefined ? '' : ` of ${bytesText(maximumBytes)}`;
  await print(`folder   ${folder}`);
  await print(`entries  ${entries}`);
  await print(`bytes    ${bytes} (${bytesText(bytes)}${most})`);
  return exitCodes.ok;
}

function parsedUrl(text: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw new Failure(exitCodes.malformedUrl, `"${text}" is no URL`);
}

function timeText(milliseconds: number): string {
  const time = new Date(milliseconds);
  return Number.isNaN(time.getTime()) ? '-'.padEnd(20) : `${time.toISOString().slice(0, 19)}Z`;
}

function plural(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}
