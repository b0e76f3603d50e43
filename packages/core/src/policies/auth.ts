import type { Challenge, Credentials, Policy, Reply, Request, Send } from '../contract.ts';
import { NetworkError } from '../error.ts';
import { isPromise } from '../is-promise.ts';
import {
  challengeFor,
  isOwnChallenge,
  sameCredentials,
  spaceOf,
  userinfoOf,
} from './protection-space.ts';
import { askAlone, Questions } from './questions.ts';
import { RememberedAnswers, type Answer, type Owner } from './remembered-answers.ts';
import { untilAborted } from './until-aborted.ts';

declare module '@netaccess/core' {
  interface RequestAttributes {
    /** "manual": what is remembered is neither used nor added to, and a function is asked anew. */
    readonly authenticationReuse?: 'automatic' | 'manual' | undefined;
    /** Asked for a tunnel, whose refusal never becomes a reply; by default the manager's function is, once for each proxy. */
    readonly proxyCredentials?:
      | ((challenge: Challenge) => Promise<Credentials | undefined>)
      | undefined;
  }
  interface OriginAttributes {
    /** For challenges of the request's own origin, after the URL's user and password and before the manager's function. */
    readonly credentials?: Credentials | AskForCredentials | undefined;
  }
}

/**
 * Asked once for a protection space, however many requests wait; nothing returned gives up, and the caller gets the refusing reply.
 * `refused` is what the peer did not accept; to return the same again gives up, too.
 */
export type AskForCredentials = (
  challenge: Challenge,
  asked: { readonly request: Request; readonly refused?: Credentials | undefined },
) => Credentials | undefined | Promise<Credentials | undefined>;

/** How often one request is answered for, in all its protection spaces together. */
export const MAXIMUM_ANSWERS = 10;

/** Of one manager. */
export interface AuthSettings {
  /** Asked for whatever nothing else answers, proxies' challenges too. */
  readonly credentials?: AskForCredentials | undefined;
}

/**
 * Answers `reply.challenges`: with the URL's user and password, once; else with the request's own credentials; else with the
 * manager's. What worked is remembered, and sent ahead to the same origin within the paths that the challenge spoke for. When
 * nothing is left to try, the refusing reply is the caller's.
 */
export function auth(settings: AuthSettings = {}): Policy {
  const desk: Desk = {
    credentials: settings.credentials,
    answers: new RememberedAnswers(),
    questions: new Questions(),
  };
  return (asked, next) => {
    const request = withTunnelCredentials(desk, asked);
    const known = desk.answers.ahead(request);
    if (known !== undefined) return new Answering(desk, request, next).sendAhead(known);
    return next(request).then((reply) =>
      reply.challenges === undefined ? reply : new Answering(desk, request, next).finish(reply),
    );
  };
}

/** The request with somebody to ask for tunnels' credentials; itself when it has somebody, or there is nobody. */
function withTunnelCredentials(desk: Desk, request: Request): Request {
  const { attributes } = request;
  if (desk.credentials === undefined || attributes.proxyCredentials !== undefined) return request;
  const proxyCredentials = tunnelCredentials(desk, desk.credentials, request);
  return { ...request, attributes: { ...attributes, proxyCredentials } };
}

/** Who is asked twice gave what was refused. */
function tunnelCredentials(desk: Desk, askFor: AskForCredentials, request: Request) {
  const given = new Map<string, Credentials>();
  return async (challenge: Challenge): Promise<Credentials | undefined> => {
    const space = spaceOf(challenge);
    const refused = given.get(space);
    if (refused !== undefined) desk.answers.forget(space, refused);
    const question = { space, challenge, request, refused };
    const known = desk.answers.reusable(question, 'shared');
    const credentials = known ?? (await desk.questions.ask(askFor, question));
    if (credentials === undefined || sameCredentials(credentials, refused)) return undefined;
    given.set(space, credentials);
    desk.answers.propose({ space, challenge, credentials, owner: 'shared', own: false });
    return credentials;
  };
}

/** What the requests of one manager share. */
interface Desk {
  readonly credentials: AskForCredentials | undefined;
  readonly answers: RememberedAnswers;
  readonly questions: Questions;
}

/** One request, from its first challenge to the reply that the caller gets. */
class Answering {
  readonly #desk: Desk;
  /** As it came: what functions are shown. */
  readonly #request: Request;
  readonly #next: Send;
  readonly #manual: boolean;
  /** What the request carries now, by protection space. */
  readonly #carried = new Map<string, Answer>();
  /** Credentials that are offered once, whether or not they are accepted. */
  readonly #offered = new Set<'url' | 'stated'>();
  #current: Request;
  #answerCount = 0;

  constructor(desk: Desk, request: Request, next: Send) {
    this.#desk = desk;
    this.#request = request;
    this.#current = request;
    this.#next = next;
    this.#manual = request.attributes.authenticationReuse === 'manual';
  }

  async sendAhead(known: Answer): Promise<Reply> {
    await this.#put(known);
    const reply = await this.#next(this.#current);
    return reply.challenges === undefined ? reply : this.finish(reply);
  }

  async finish(first: Reply): Promise<Reply> {
    let reply = first;
    for (;;) {
      const [strongest] = reply.challenges ?? [];
      const refused = strongest && this.#carried.get(spaceOf(strongest))?.credentials;
      this.#learn(reply);
      if (strongest === undefined || this.#answerCount === MAXIMUM_ANSWERS) return reply;
      if (!(await this.#prepare(strongest, reply, refused))) return reply;
      await reply.close();
      reply = await this.#next(this.#current);
    }
  }

  /** Remembers the answers that were accepted, and forgets those that were not. */
  #learn(reply: Reply): void {
    const challenged = new Set(reply.challenges?.map(spaceOf));
    const { answers } = this.#desk;
    for (const [space, answer] of this.#carried) {
      if (challenged.has(space)) {
        answers.forget(space, answer.credentials);
        this.#carried.delete(space);
      } else if (!this.#manual) {
        answers.confirm(answer, this.#request.url);
      }
    }
  }

  /** Puts an answer on the request; false when there is none. A failure closes the reply. */
  async #prepare(
    strongest: Challenge,
    reply: Reply,
    refused: Credentials | undefined,
  ): Promise<boolean> {
    try {
      const found = await this.#find(strongest, reply, refused);
      if (found === undefined || sameCredentials(found.credentials, refused)) return false;
      checkResendable(this.#request, strongest);
      const challenge = challengeFor(found.credentials, strongest, reply.challenges ?? []);
      const own = isOwnChallenge(strongest, this.#request, reply);
      const answer = { ...found, space: spaceOf(strongest), challenge, own };
      if (!this.#manual) this.#desk.answers.propose(answer);
      await this.#put(answer);
      return true;
    } catch (error) {
      await reply.close();
      throw error;
    }
  }

  async #put(answer: Answer): Promise<void> {
    const { challenge, credentials, space } = answer;
    this.#answerCount += 1;
    const answered = challenge.answer(credentials, this.#current);
    this.#current = isPromise(answered) ? await untilAborted(answered, this.#request) : answered;
    this.#carried.set(space, answer);
  }

  async #find(
    challenge: Challenge,
    reply: Reply,
    refused: Credentials | undefined,
  ): Promise<Found | undefined> {
    const own = isOwnChallenge(challenge, this.#request, reply);
    const stated = own ? this.#takeStated(refused) : undefined;
    if (stated !== undefined) return stated;
    const { credentials } = this.#request.originAttributes;
    const ofRequest = own && typeof credentials === 'function';
    const askFor = ofRequest ? credentials : this.#desk.credentials;
    const owner: Owner = ofRequest ? credentials : 'shared';
    const found = await this.#ask(challenge, { askFor, owner, refused });
    return found && { credentials: found, owner };
  }

  /** The URL's user and password, then those that the request states. */
  #takeStated(refused: Credentials | undefined): Found | undefined {
    const fromUrl = userinfoOf(this.#request.url);
    if (fromUrl !== undefined && !this.#offered.has('url')) {
      this.#offered.add('url');
      if (!sameCredentials(fromUrl, refused)) return { credentials: fromUrl, owner: 'shared' };
    }
    const { credentials } = this.#request.originAttributes;
    if (typeof credentials !== 'object' || this.#offered.has('stated')) return undefined;
    this.#offered.add('stated');
    return sameCredentials(credentials, refused) ? undefined : { credentials, owner: 'stated' };
  }

  async #ask(
    challenge: Challenge,
    from: {
      readonly askFor: AskForCredentials | undefined;
      readonly owner: Owner;
      readonly refused: Credentials | undefined;
    },
  ): Promise<Credentials | undefined> {
    const { askFor, owner, refused } = from;
    const question = { space: spaceOf(challenge), challenge, request: this.#request, refused };
    if (this.#manual) {
      return askFor && untilAborted(askAlone(askFor, question), this.#request);
    }
    const known = this.#desk.answers.reusable(question, owner);
    return known ?? (askFor && this.#desk.questions.ask(askFor, question));
  }
}

interface Found {
  readonly credentials: Credentials;
  readonly owner: Owner;
}

function checkResendable({ upload, url }: Request, challenge: Challenge): void {
  if (upload === undefined || !upload.opened || upload.resettable) return;
  const message = `${challenge.origin.host} asks for credentials, and the body can be read only once`;
  throw new NetworkError('content-re-send', message, { url });
}
