import type { RedirectHop, ReplyHead } from 'netaccess';

import type { GetArguments } from './arguments.ts';
import { printable, shownField, shownUrl, statusLine } from './head-text.ts';
import { bytesText } from './quantity.ts';

/** Says on standard error what happens, as `curl -v` does: `>` was asked, `<` was answered, `*` is a fact. No credentials. */
export class Narrator {
  readonly #write: (text: string) => void;
  readonly #now: () => number;
  #started = 0;
  #answered = 0;

  constructor(write: (text: string) => void, now: () => number = () => performance.now()) {
    this.#write = write;
    this.#now = now;
  }

  asked(url: URL, { verb, headers }: Pick<GetArguments, 'verb' | 'headers'>): void {
    this.#started = this.#now();
    this.#lines('>', [
      `${verb} ${shownUrl(url)}`,
      ...headers.map(([name, value]) => shownField(name, value)),
    ]);
  }

  redirected({ to, count, operation, head }: RedirectHop): void {
    this.#head(head);
    this.#lines('*', [`Redirect ${count}: ${operation} ${shownUrl(to)}`]);
  }

  answered(head: ReplyHead): void {
    this.#answered = this.#now();
    this.#connection(head);
    this.#head(head);
    if (head.error !== undefined)
      this.#lines('*', [`The answer is a failure: ${head.error.message}`]);
  }

  done(bytes: number): void {
    const end = this.#now();
    const [head, all] = [this.#answered - this.#started, end - this.#started].map((ms) =>
      ms.toFixed(1),
    );
    this.#lines('*', [`${bytesText(bytes)}; head after ${head} ms, all after ${all} ms`]);
  }

  #head(head: ReplyHead): void {
    const first = statusLine(head);
    const fields = [...head.headers].map(([name, value]) => shownField(name, value));
    this.#lines('<', [...(first === undefined ? [] : [first]), ...fields]);
  }

  #connection({ url, attributes = {} }: ReplyHead): void {
    const { backend, cache, connection, tls, secured } = attributes;
    const facts = [`${shownUrl(url)} is served by ${backend?.name ?? 'nobody who gave a name'}`];
    if (cache !== undefined) facts.push(cacheFact(cache));
    if (connection !== undefined) {
      const { address, port, family } = connection.address;
      const peer = family === 0 ? address : `${address} port ${port}`;
      const kept = connection.reused ? 'kept connection' : 'connection';
      const via =
        connection.proxy === undefined ? '' : ` through the proxy ${shownUrl(connection.proxy)}`;
      facts.push(`${connection.protocol} over ${kept} ${connection.id} to ${peer}${via}`);
      facts.push(phases(connection.timings));
    }
    if (tls !== undefined) {
      const resumed = tls.resumed ? ', resumed' : '';
      facts.push(
        `${tls.protocol}, ${tls.cipher}${resumed}; the peer is ${secured ?? 'unverified'}`,
      );
      facts.push(...tls.errors.map(({ message }) => `accepted although ${message}`));
    }
    this.#lines('*', facts);
  }

  #lines(mark: string, lines: readonly string[]): void {
    this.#write(lines.map((line) => `${mark} ${printable(line)}\n`).join(''));
  }
}

/** Such as "cache: hit, 12 s old". */
function cacheFact({ outcome, age }: NonNullable<ReplyHead['attributes']>['cache'] & {}): string {
  return `cache: ${outcome}${age === undefined ? '' : `, ${Math.round(age)} s old`}`;
}

interface Timings {
  readonly start: number;
  readonly dns?: number | undefined;
  readonly connected: number;
  readonly proxied?: number | undefined;
  readonly secured?: number | undefined;
}

function phases(timings: Timings): string {
  const { start, dns, connected, proxied, secured } = timings;
  const after = (what: string, at: number | undefined): string[] =>
    at === undefined ? [] : [`${what} after ${(at - start).toFixed(1)} ms`];
  return [
    ...after('name resolved', dns),
    ...after('connected', connected),
    ...after('proxy passed', proxied),
    ...after('secured', secured),
  ].join(', ');
}
