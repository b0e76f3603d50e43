import { NetworkError, withoutUserinfo } from '../error.ts';
import { sameOrigin } from '../origin.ts';
import type { SchemeTable } from '../registry.ts';
import { schemeOf } from '../scheme-of.ts';
import type { RedirectPolicy } from './redirects.ts';

/** A target may be as long as a stranger likes; a message is for people. */
const QUOTED_CHARACTERS = 200;

/** What a check has to know of the manager. */
export interface RedirectRules {
  readonly schemes: SchemeTable;
  readonly schemeChanges: readonly (readonly [from: string, to: string])[];
}

/** Whether one redirect may be followed. */
export class RedirectCheck {
  readonly #rules: RedirectRules;
  readonly #from: URL;
  readonly #to: URL;

  constructor(rules: RedirectRules, from: URL, to: URL) {
    this.#rules = rules;
    this.#from = from;
    this.#to = to;
  }

  /** Throws `protocol-unknown` if nobody serves the target by name. */
  served(): void {
    const scheme = schemeOf(this.#to);
    if (this.#rules.schemes.serves(scheme)) return;
    const message = `redirected to ${quoted(this.#to)}, and no backend serves the scheme "${scheme}"`;
    throw new NetworkError('protocol-unknown', message, { url: this.#from });
  }

  /** Throws `insecure-redirect` if the scheme changes in a way that is not listed, or the policy refuses the target. */
  async permitted(policy: RedirectPolicy): Promise<void> {
    const from = schemeOf(this.#from);
    const to = schemeOf(this.#to);
    if (from !== to && !this.#listed(from, to)) {
      throw this.#refused(`a change of scheme from "${from}" to "${to}" is not allowed`);
    }
    if (policy === 'same-origin' && !sameOrigin(this.#from, this.#to)) {
      throw this.#refused('it leads to another origin');
    }
    if (policy !== 'no-less-safe' || from === to) return;
    const { schemes } = this.#rules;
    if ((await schemes.isSecure(from)) && !(await schemes.isSecure(to))) {
      throw this.#refused(`"${to}" is less safe than "${from}"`);
    }
  }

  #listed(from: string, to: string): boolean {
    return this.#rules.schemeChanges.some(
      ([listedFrom, listedTo]) => listedFrom === from && listedTo === to,
    );
  }

  #refused(reason: string): NetworkError {
    const message = `the redirect to ${quoted(this.#to)} is refused: ${reason}`;
    return new NetworkError('insecure-redirect', message, { url: this.#from });
  }
}

/** For a message: without secrets, and not longer than a person reads. */
export function quoted(url: URL): string {
  const { href } = withoutUserinfo(url);
  return href.length <= QUOTED_CHARACTERS ? href : `${href.slice(0, QUOTED_CHARACTERS)}…`;
}
