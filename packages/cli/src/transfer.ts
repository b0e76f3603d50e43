import { NetworkError, type Reply } from 'netaccess';

import type { Destination, GetArguments } from './arguments.ts';
import { exitCodeOf, exitCodes } from './exit-code.ts';
import { during, Failure } from './failure.ts';
import { fileNameOf } from './file-name.ts';
import { headText, shownUrl } from './head-text.ts';
import { Narrator } from './narrator.ts';
import { outputFile, type Output } from './output-file.ts';
import { ProgressMeter } from './progress-meter.ts';
import { ReaderGone, standardOutput } from './standard-output.ts';
import type { Streams } from './streams.ts';

/** Sends a request for one URL; made by `get`, which knows the manager. */
export type Ask = (url: URL, observers: Observers) => Promise<Reply>;

/** What a transfer wants to be told while it is under way. */
export interface Observers {
  readonly onProgress: ProgressMeter['update'];
  readonly onRedirect: Narrator['redirected'];
}

/** Brings one URL to its destination. Rejects with a `Failure`, whose code is curl's. */
export class Transfer {
  readonly #args: GetArguments;
  readonly #streams: Streams;
  readonly #narrator: Narrator;

  constructor(args: GetArguments, streams: Streams) {
    this.#args = args;
    this.#streams = streams;
    this.#narrator = new Narrator((text) => {
      if (args.verbose) streams.errors.write(text);
    });
  }

  async run(text: string, destination: Destination, ask: Ask): Promise<void> {
    const url = parsedUrl(text);
    const name = destinationName(url, destination);
    const meter = this.#meter(
      name ?? url.pathname.split('/').at(-1) ?? url.host,
      name !== undefined,
    );
    this.#narrator.asked(url, this.#args);
    let reply: Reply | undefined;
    try {
      reply = await ask(url, {
        onProgress: (progress) => meter.update(progress),
        onRedirect: (hop) => this.#narrator.redirected(hop),
      });
      this.#narrator.answered(reply);
      this.#refuseFailure(reply);
      this.#narrator.done(await this.#receive(reply, name, destination));
      meter.finish();
    } catch (error) {
      meter.clear();
      throw this.#asFailure(error, url, reply !== undefined);
    } finally {
      await reply?.close();
    }
  }

  #asFailure(error: unknown, url: URL, answered: boolean): unknown {
    if (!NetworkError.is(error)) return error;
    const missing = error.code === 'content-not-found' && !answered;
    if (missing && this.#args.cache?.offline === true) {
      const message = `${shownUrl(url)} is not in the cache, and --offline asks nobody else`;
      return new Failure(exitCodes.remoteNotFound, message, error);
    }
    return new Failure(exitCodeOf(error, { url, answered }), error.message, error);
  }

  #refuseFailure({ error, url }: Reply): void {
    if (!this.#args.fail || error === undefined) return;
    throw new Failure(exitCodes.failingAnswer, `${shownUrl(url)}: ${error.message}`);
  }

  async #receive(reply: Reply, name: string | undefined, to: Destination): Promise<number> {
    const output = await this.#open(name);
    try {
      if (this.#args.include) await output.write(Buffer.from(headText(reply), 'latin1'));
      const bytes = await this.#copy(reply, output, to);
      await output.finish().catch(unwritable(name));
      return bytes;
    } finally {
      await output.discard();
    }
  }

  #open(name: string | undefined): Promise<Output> {
    if (name === undefined) return Promise.resolve(standardOutput(this.#streams.output));
    return outputFile(name).catch(unwritable(name));
  }

  async #copy(reply: Reply, output: Output, destination: Destination): Promise<number> {
    const guarded = destination.kind === 'terminal' && this.#streams.output.isTTY === true;
    let bytes = 0;
    for await (const view of reply.views()) {
      if (guarded && bytes === 0 && view.includes(0)) {
        throw new Failure(
          exitCodes.notWritten,
          'the bytes are no text and could upset the terminal; "-o -" prints them all the same, "-o FILE" keeps them',
        );
      }
      await output.write(view).catch(unwritable(undefined));
      bytes += view.length;
    }
    return bytes;
  }

  /** A bar that shows beside a file, or while somebody else reads the output. */
  #meter(label: string, toFile: boolean): ProgressMeter {
    const { errors, output } = this.#streams;
    const wanted = this.#args.showProgress && !this.#args.verbose;
    const visible = wanted && errors.isTTY === true && (toFile || output.isTTY !== true);
    return new ProgressMeter(visible ? errors : undefined, label);
  }
}

function parsedUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (error) {
    const hint = text.includes('://') ? '' : ': does it lack "https://"?';
    throw new Failure(exitCodes.malformedUrl, `"${text}" is no URL${hint}`, error);
  }
}

function destinationName(url: URL, destination: Destination): string | undefined {
  if (destination.kind === 'file') return destination.name;
  if (destination.kind !== 'remote-name') return undefined;
  const name = fileNameOf(url);
  if (name !== undefined) return name;
  throw new Failure(exitCodes.notWritten, `${shownUrl(url)} offers no safe file name; use -o FILE`);
}

function unwritable(name: string | undefined): (error: unknown) => never {
  return (error) => {
    if (error instanceof ReaderGone) throw error;
    return during(exitCodes.notWritten, `cannot write ${name ?? 'the output'}`)(error);
  };
}
