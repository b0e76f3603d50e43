import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

import { exitCodes } from './exit-code.ts';
import { Failure } from './failure.ts';
import type { Streams } from './streams.ts';

/** Asks the person at the terminal; what is typed does not show. */
export async function askPassword(user: string, streams: Streams): Promise<string> {
  const { input, errors } = streams;
  if (input.isTTY !== true) {
    throw new Failure(exitCodes.usage, '-u: USER:PASSWORD is needed where nobody can be asked');
  }
  errors.write(`Password for ${user}: `);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input, output: nowhere, terminal: true });
  const interrupted = new AbortController();
  terminal.once('SIGINT', () => interrupted.abort());
  try {
    return await terminal.question('', { signal: interrupted.signal });
  } catch (error) {
    throw new Failure(exitCodes.interrupted, 'no password was given', error);
  } finally {
    terminal.close();
    errors.write('\n');
  }
}
