import { getOptions } from './arguments.ts';
import { cacheCommand } from './cache-command.ts';
import { exitCodes } from './exit-code.ts';
import { Failure, messageOf } from './failure.ts';
import { get, type CommandContext } from './get.ts';
import { getHelp, help, tlsHelp } from './help.ts';
import { ownVersion } from './installed-package.ts';
import { parseOptions, UsageError } from './options.ts';
import { schemes } from './schemes.ts';
import { tlsOptions } from './tls-arguments.ts';
import { tls } from './tls.ts';

/** The whole command: understands `words`, does it, and resolves to the exit code. */
export async function main(words: readonly string[], context: CommandContext): Promise<number> {
  const { errors } = context.streams;
  try {
    return await command(words, context);
  } catch (error) {
    if (context.signal.aborted) return exitCodes.interrupted;
    if (!(error instanceof UsageError || error instanceof Failure)) throw error;
    const code = error instanceof Failure ? error.exitCode : exitCodes.usage;
    const hint = code === exitCodes.usage ? '\nTry "netaccess --help".' : '';
    errors.write(`netaccess: (${code}) ${messageOf(error)}${hint}\n`);
    return code;
  }
}

async function command(
  [name, ...rest]: readonly string[],
  context: CommandContext,
): Promise<number> {
  const { output } = context.streams;
  const print = (text: string): number => {
    output.write(`${text}\n`);
    return exitCodes.ok;
  };
  switch (name) {
    case 'get': {
      const parsed = parseOptions(getOptions, rest);
      return parsed.has('help') ? print(getHelp) : get(parsed, context);
    }
    case 'cache':
      return cacheCommand(rest, context);
    case 'tls': {
      const parsed = parseOptions(tlsOptions, rest);
      return parsed.has('help') ? print(tlsHelp) : tls(parsed, context);
    }
    case 'schemes':
      return print(await schemes());
    case '--version':
    case '-V':
      return print(`netaccess ${ownVersion()}`);
    case '--help':
    case '-h':
    case 'help':
      return print(help);
    case undefined:
      throw new UsageError('say what to do');
    default:
      throw new UsageError(`"${name}" is no command; "get" fetches URLs`);
  }
}
