import type { Challenge, Credentials, Request } from '../contract.ts';
import { hasHeader } from '../headers.ts';
import type { AskForCredentials } from './auth.ts';
import { originKey, sameCredentials, scopeOf, userinfoOf } from './protection-space.ts';
import type { Question } from './questions.ts';

/** How many answers one manager remembers; the one not used for longest goes first. */
export const MAXIMUM_REMEMBERED_ANSWERS = 256;
/** How many paths of one protection space are known; what is outside is challenged again, which costs a round trip. */
const MAXIMUM_SCOPES = 16;

/**
 * Who brought an answer, and so who may use it unasked: "shared" ones, of a URL or the manager's function, are for everybody; a
 * request's own function's for requests with that function; "stated" ones for requests that state the same.
 */
export type Owner = 'shared' | 'stated' | AskForCredentials;

/** Credentials for a protection space, and how they are put on a request. */
export interface Answer {
  readonly space: string;
  readonly challenge: Challenge;
  readonly credentials: Credentials;
  readonly owner: Owner;
  /** Of the request's origin, not of a proxy: only such an answer is sent ahead, for nobody knows which proxy will be asked. */
  readonly own: boolean;
}

interface Memory {
  readonly origin: string;
  answer: Answer;
  /** The peer accepted it. */
  proven: boolean;
  scopes: string[];
}

/** What a request says about its credentials itself. */
interface Identity {
  readonly stated: Credentials | undefined;
  readonly owner: Owner;
}

/** Answers that worked, or that are about to be tried. Belongs to one manager. */
export class RememberedAnswers {
  /** The one used last is last. */
  readonly #memories = new Set<Memory>();

  /** What goes with the request before it is challenged: of its origin, for its path, and its own or everybody's. */
  ahead(request: Request): Answer | undefined {
    if (this.#memories.size === 0) return undefined;
    if (request.attributes.authenticationReuse === 'manual') return undefined;
    if (hasHeader(request, 'authorization')) return undefined;
    const origin = originKey(request.url);
    const identity = identityOf(request);
    let best: Memory | undefined;
    let depth = -1;
    for (const memory of this.#memories) {
      if (memory.origin !== origin || !memory.proven || !memory.answer.own) continue;
      if (!isUsable(memory.answer, identity)) continue;
      const reached = depthWithin(memory.scopes, request.url.pathname);
      if (reached === -1 || reached < depth) continue;
      best = memory;
      depth = reached;
    }
    if (best === undefined) return undefined;
    this.#touch(best);
    return best.answer;
  }

  /** What may answer a challenge of the space without anybody being asked, and is not what was refused. */
  reusable({ space, refused }: Question, owner: Owner): Credentials | undefined {
    let found: Credentials | undefined;
    for (const { answer } of this.#memories) {
      if (answer.space !== space || answer.owner !== owner) continue;
      if (!sameCredentials(answer.credentials, refused)) found = answer.credentials;
    }
    return found;
  }

  /** Keeps an answer that is about to be tried, so that others who wait need not ask. */
  propose(answer: Answer): void {
    if (this.#find(answer) !== undefined) return;
    const origin = originKey(answer.challenge.origin);
    this.#memories.add({ answer, origin, proven: false, scopes: [] });
    for (const oldest of this.#memories) {
      if (this.#memories.size <= MAXIMUM_REMEMBERED_ANSWERS) break;
      this.#memories.delete(oldest);
    }
  }

  /** The answer worked for this URL. */
  confirm(answer: Answer, url: URL): void {
    this.propose(answer);
    const memory = this.#find(answer);
    if (memory === undefined) return;
    memory.answer = answer;
    memory.proven = true;
    this.#touch(memory);
    const scope = scopeOf(url);
    if (depthWithin(memory.scopes, scope) >= 0) return;
    memory.scopes = [...memory.scopes.filter((known) => !known.startsWith(scope)), scope].slice(
      -MAXIMUM_SCOPES,
    );
  }

  /** The peer refused these credentials, whoever brought them. */
  forget(space: string, credentials: Credentials): void {
    for (const memory of this.#memories) {
      const { answer } = memory;
      if (answer.space === space && sameCredentials(answer.credentials, credentials))
        this.#memories.delete(memory);
    }
  }

  #find({ space, owner, credentials }: Answer): Memory | undefined {
    for (const memory of this.#memories) {
      const { answer } = memory;
      if (answer.space !== space || answer.owner !== owner) continue;
      if (sameCredentials(answer.credentials, credentials)) return memory;
    }
    return undefined;
  }

  #touch(memory: Memory): void {
    this.#memories.delete(memory);
    this.#memories.add(memory);
  }
}

function identityOf(request: Request): Identity {
  const fromUrl = userinfoOf(request.url);
  if (fromUrl !== undefined) return { stated: fromUrl, owner: 'shared' };
  const { credentials } = request.originAttributes;
  if (typeof credentials === 'function') return { stated: undefined, owner: credentials };
  return { stated: credentials, owner: 'shared' };
}

/** Whoever states the same credentials knows them anyway. */
function isUsable(answer: Answer, { stated, owner }: Identity): boolean {
  return stated === undefined
    ? answer.owner === owner
    : sameCredentials(answer.credentials, stated);
}

/** How deep the deepest of the scopes is that hold the path; -1 when none does. */
function depthWithin(scopes: readonly string[], path: string): number {
  let depth = -1;
  for (const scope of scopes)
    if (scope.length > depth && path.startsWith(scope)) depth = scope.length;
  return depth;
}
