import { createManager } from 'netaccess';

import { readGetArguments } from './arguments.ts';
import { cacheFolder, openCache } from './cache-folder.ts';
import { exitCodes } from './exit-code.ts';
import { Failure, messageOf } from './failure.ts';
import { managerOptions } from './manager-options.ts';
import type { ParsedOptions } from './options.ts';
import { requestMaker } from './request-maker.ts';
import { ReaderGone } from './standard-output.ts';
import type { Streams } from './streams.ts';
import { Transfer } from './transfer.ts';

/** What the process lends to a command. */
export interface CommandContext {
  readonly streams: Streams;
  /** Aborted when a person or the system wants the command to end. */
  readonly signal: AbortSignal;
}

/**
 * `netaccess get`: one URL after the other, through one manager. Resolves to the exit code of the first that failed; the others
 * are tried all the same, unless somebody interrupts or whoever reads the output has gone.
 */
export async function get(
  parsed: ParsedOptions,
  { streams, signal }: CommandContext,
): Promise<number> {
  const args = readGetArguments(parsed);
  const makeRequest = await requestMaker(args, streams);
  const cache = args.cache && (await openCache(cacheFolder(args.cache.folder)));
  const manager = createManager({ ...(await managerOptions(args, streams)), cache });
  const transfer = new Transfer(args, streams);
  let first: number = exitCodes.ok;
  try {
    for (const { text, destination } of args.targets) {
      const code = await transfer
        .run(text, destination, async (url, observers) =>
          manager.custom(args.verb, url, await makeRequest({ ...observers, signal })),
        )
        .then(
          () => exitCodes.ok,
          (error: unknown) => reported(error, args.showErrors, streams),
        );
      if (first === exitCodes.ok) first = code;
      if (signal.aborted || streams.output.destroyed) break;
    }
  } finally {
    await manager.close();
    await cache?.close();
  }
  return first;
}

/** Says what failed, unless nobody is there to be told, or the person who would be told did it. */
function reported(error: unknown, showErrors: boolean, { errors }: Streams): number {
  if (error instanceof ReaderGone) return exitCodes.notWritten;
  const code = error instanceof Failure ? error.exitCode : exitCodes.notReceived;
  if (showErrors && code !== exitCodes.interrupted) {
    errors.write(`netaccess: (${code}) ${messageOf(error)}\n`);
  }
  return code;
}
