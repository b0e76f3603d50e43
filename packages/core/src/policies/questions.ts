import type { Challenge, Credentials, Request } from '../contract.ts';
import type { AskForCredentials } from './auth.ts';
import { sameCredentials } from './protection-space.ts';
import { untilAborted } from './until-aborted.ts';

/** What one request wants to know from a caller's function. */
export interface Question {
  readonly space: string;
  readonly challenge: Challenge;
  readonly request: Request;
  readonly refused: Credentials | undefined;
}

/** What a question brought; "failed" is nobody's answer but that of the request whose question it was. */
type Outcome = { readonly credentials: Credentials | undefined } | 'failed';

/** Asks callers' functions, each once for a protection space at a time. */
export class Questions {
  readonly #pending = new Map<AskForCredentials, Map<string, Promise<Outcome>>>();

  /** The function's answer, or that to the question of another request in the same space. */
  async ask(askFor: AskForCredentials, question: Question): Promise<Credentials | undefined> {
    const { space, request, refused } = question;
    for (;;) {
      const pending = this.#pending.get(askFor)?.get(space);
      if (pending === undefined) return untilAborted(this.#start(askFor, question), request);
      const outcome = await untilAborted(pending, request);
      if (outcome === 'failed') continue;
      const { credentials } = outcome;
      if (credentials === undefined || !sameCredentials(credentials, refused)) return credentials;
    }
  }

  #start(askFor: AskForCredentials, question: Question): Promise<Credentials | undefined> {
    const answer = askAlone(askFor, question);
    const settled = (outcome: Outcome): Outcome => {
      this.#release(askFor, question.space);
      return outcome;
    };
    const outcome = answer.then(
      (credentials) => settled({ credentials }),
      () => settled('failed'),
    );
    this.#hold(askFor, question.space, outcome);
    return answer;
  }

  #hold(askFor: AskForCredentials, space: string, outcome: Promise<Outcome>): void {
    const spaces = this.#pending.get(askFor) ?? new Map<string, Promise<Outcome>>();
    this.#pending.set(askFor, spaces.set(space, outcome));
  }

  #release(askFor: AskForCredentials, space: string): void {
    const spaces = this.#pending.get(askFor);
    spaces?.delete(space);
    if (spaces?.size === 0) this.#pending.delete(askFor);
  }
}

/** For a request that wants no other's answer. */
export async function askAlone(
  askFor: AskForCredentials,
  { challenge, request, refused }: Question,
): Promise<Credentials | undefined> {
  return (await askFor(challenge, { request, refused })) ?? undefined;
}
