import { exitCodes } from './exit-code.ts';

/** Ends one transfer, or the command, with a code of its own. */
export class Failure extends Error {
  static {
    this.prototype.name = 'Failure';
  }
  readonly exitCode: number;

  constructor(exitCode: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}

/** What a person gets to read of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same failure of the file system or a pipe, with the code of whatever was being done. */
export function during(exitCode: number, what: string): (error: unknown) => never {
  return (error) => {
    throw error instanceof Failure
      ? error
      : new Failure(exitCode, `${what}: ${messageOf(error)}`, error);
  };
}

/** Bad files named on the command line: reading them is not the network's business. */
export const unreadable = (name: string): ((error: unknown) => never) =>
  during(exitCodes.notRead, `cannot read ${name}`);
