import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import type { Channel, SecureChannel, SessionSlot } from '@netaccess/transport';
import { connectVia, type AskCredentials } from '@netaccess/transport';

import { ControlContext, isReply, plainReply, type FtpReply } from './control-context.ts';
import { factsCommand, parseFeatures, type ServerFeatures } from './features.ts';
import { RefusedLogin } from './login.ts';
import { closedFailure, ftpFailure, replyCode, replyFailure } from './reply-error.ts';
import type { Route } from './route.ts';
import { controlSessions } from './session-slot.ts';
import { Transfer } from './transfer.ts';

const SERVICE_CLOSING = 421;

/** What the request that needs a connection says about opening it. */
export interface OpeningOptions {
  readonly id: number;
  readonly signal: AbortSignal;
  /** For name look-up, proxies, TCP and TLS, each by itself. */
  readonly timeoutMilliseconds: number | undefined;
  readonly proxyCredentials: AskCredentials | undefined;
}

/** One control connection, logged in: commands and their replies, one at a time, and what is known of the server's state. */
export class ControlConnection {
  readonly route: Route;
  readonly id: number;
  readonly sessions: SessionSlot = controlSessions();
  readonly #context = new ControlContext();
  #channel: Channel;
  /** The proxy that leads to the server; data connections go through the same one. */
  readonly proxy: URL | undefined;
  #secured: SecureChannel | undefined;
  #features: ServerFeatures = new Map();
  #failure: Error | undefined;
  /** Replies since it was last taken: none means that nothing was begun. */
  repliesSinceTaken = 0;
  reused = false;
  /** Of the type that the server has for transfers now (RFC 959 §3.1.1). */
  ascii = false;
  /** The server knows no EPSV. */
  usesPasv = false;
  /** The mark of a transfer says how long the file is. */
  statesSizes = false;
  /** `LIST -a` was refused. */
  listsPlainly = false;
  /** Where a login leads; known once it was needed. */
  home: string | undefined;
  idleSince = 0;

  private constructor(
    route: Route,
    id: number,
    via: { channel: Channel; proxy?: URL | undefined },
  ) {
    this.route = route;
    this.id = id;
    this.#channel = via.channel;
    this.proxy = via.proxy;
  }

  /** Connects, protects what the route says, and logs in. Throws a `RefusedLogin` when the server does not know who asks. */
  static async open(route: Route, options: OpeningOptions): Promise<ControlConnection> {
    const { signal, timeoutMilliseconds: timeout, proxyCredentials } = options;
    const terms = { signal, timeout, proxyCredentials };
    const via = await connectVia(route.connector, route.target, route.proxies, terms);
    const proxy = route.proxies.find((candidate) => isSameProxy(candidate, via.proxy));
    const connection = new ControlConnection(route, options.id, { channel: via.channel, proxy });
    const abort = (): void => connection.#close(closedFailure());
    signal.addEventListener('abort', abort);
    try {
      if (signal.aborted) throw closedFailure();
      await connection.#greet(options);
      await connection.#logIn();
      await connection.#settle();
      return connection;
    } catch (error) {
      const reason = connection.#failure ?? error;
      await connection.close();
      throw reason;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  get channel(): Channel {
    return this.#secured ?? this.#channel;
  }

  /** Absent: in clear. */
  get secured(): SecureChannel | undefined {
    return this.#secured;
  }

  get features(): ServerFeatures {
    return this.#features;
  }

  /** Nothing was heard that speaks against using it. */
  get usable(): boolean {
    return this.#context.reason === undefined && !this.#context.holdsUnread;
  }

  /** Sends the commands in one write; resolves to their final replies, failing ones too. */
  async ask(...commands: readonly string[]): Promise<readonly FtpReply[]> {
    const replies: FtpReply[] = [];
    await this.#run(commands, (reply, done) => {
      if (reply.code < 200) return;
      replies.push(reply);
      if (reply.code === SERVICE_CLOSING) this.#leaves(reply);
      else if (replies.length === commands.length) done();
    });
    return replies;
  }

  /** The same for one command. */
  async askOne(command: string): Promise<FtpReply> {
    const [reply] = await this.ask(command);
    if (reply === undefined) throw ftpFailure('protocol-failure', 'the server did not reply');
    return reply;
  }

  /** Sends a command that uses a data connection. No other may be sent until it is finished. */
  begin(command: string): Transfer {
    const transfer = new Transfer();
    const running = this.#run([command], (reply, done) => {
      transfer.replied(reply);
      if (reply.code === SERVICE_CLOSING) this.#leaves(reply);
      else if (reply.code >= 200) done();
    });
    running.catch((error: Error) => transfer.lost(error));
    return transfer;
  }

  setIdle(idle: boolean): void {
    this.channel.setIdle(idle);
  }

  /** Ends it at once; what is pending rejects with the reason. */
  async close(reason: Error = closedFailure()): Promise<void> {
    this.#close(reason);
    await this.channel.close();
  }

  /** Turns what broke the connection into a failure that names it. */
  lostFailure(error: unknown): Error {
    if (this.#failure !== undefined) return this.#failure;
    if (error instanceof Error && 'code' in error && isWord(error.code)) return error;
    const said = error instanceof Error ? error.message : String(error);
    const tooLong = said.includes('exceeded maximum');
    return ftpFailure(
      tooLong ? 'protocol-failure' : 'remote-host-closed',
      tooLong
        ? `${this.route.name} sent a reply that is longer than 64 KiB`
        : `the control connection to ${this.route.name} was lost: ${said}`,
      { cause: error, temporary: !tooLong },
    );
  }

  #close(reason: Error): void {
    this.#failure ??= this.#context.reason === undefined ? reason : undefined;
    this.#context.closeWithError(reason);
    void this.channel.close();
  }

  /** The server said why it closes the connection: that counts, not the end that follows. */
  #leaves(reply: FtpReply): void {
    this.#close(replyFailure(reply, `use ${this.route.name}`));
  }

  async #run(
    commands: readonly string[],
    heard: (reply: FtpReply, done: () => void) => void,
  ): Promise<void> {
    try {
      const running = this.#context.handle(undefined, (reply, task) => {
        if (!isReply(reply)) {
          task.reject(reply);
          return;
        }
        this.repliesSinceTaken += 1;
        heard(plainReply(reply), () => task.resolve(undefined));
      });
      // A closed context has rejected the task already.
      if (this.#context.reason === undefined && commands.length > 0)
        this.#context.sendAll(commands);
      await running;
    } catch (error) {
      throw this.lostFailure(error);
    }
  }

  async #greet(options: OpeningOptions): Promise<void> {
    const { security } = this.route;
    if (security === 'implicit') await this.#secure(options);
    else this.#use(this.#channel.toDuplex());
    await this.#welcome();
    if (security !== 'required' && security !== 'opportunistic') return;
    const reply = await this.askOne('AUTH TLS');
    if (reply.code === 234) {
      await this.#secure(options);
    } else if (security === 'required') {
      throw replyFailure(
        reply,
        `protect the connection to ${this.route.name}`,
        'tls-handshake-failed',
      );
    }
  }

  /** 120 says that the server will be ready soon (RFC 959 §5.4). */
  async #welcome(): Promise<void> {
    let greeting: FtpReply | undefined;
    await this.#run([], (reply, done) => {
      if (reply.code < 200) return;
      greeting = reply;
      done();
    });
    if (greeting !== undefined && greeting.code >= 400) {
      throw replyFailure(greeting, `connect to ${this.route.name}`);
    }
  }

  async #secure({ signal, timeoutMilliseconds }: OpeningOptions): Promise<void> {
    const { provider, tlsOptions, name } = this.route;
    if (provider === undefined) throw ftpFailure('protocol-invalid-operation', 'no TLS was lent');
    if (this.#context.holdsUnread) {
      const message = `${name} sent bytes in clear after its reply to AUTH, where only a handshake may follow`;
      throw ftpFailure('tls-handshake-failed', message);
    }
    if (this.route.security !== 'implicit') this.#context.letGo();
    const terms = { signal, timeout: timeoutMilliseconds, session: this.sessions };
    this.#secured = await provider.secure(this.#channel, { ...tlsOptions, ...terms });
    this.#use(this.#secured.toDuplex());
  }

  #use(stream: Duplex): void {
    this.#context.socket = asSocket(stream);
  }

  async #logIn(): Promise<void> {
    const { user, password } = this.route.login;
    let reply = await this.askOne(`USER ${user}`);
    if (reply.code === 331) reply = await this.askOne(`PASS ${password}`);
    if (reply.code < 300) return;
    if (reply.code < 400) throw new RefusedLogin(reply);
    if (replyCode(reply) === 'authentication-required') throw new RefusedLogin(reply);
    throw replyFailure(reply, `log in to ${this.route.name}`);
  }

  /** What every transfer relies on: protected data, bytes as they are, names in UTF-8. */
  async #settle(): Promise<void> {
    const protection = this.#secured === undefined ? [] : ['PBSZ 0', 'PROT P'];
    const replies = await this.ask(...protection, 'TYPE I', 'FEAT', 'OPTS UTF8 ON');
    const [type, features] = replies.slice(protection.length);
    const refused = protection.length === 0 ? undefined : replies[1];
    if (refused !== undefined && refused.code >= 300) {
      throw replyFailure(refused, 'protect data connections', 'tls-handshake-failed');
    }
    if (type !== undefined && type.code >= 300)
      throw replyFailure(type, 'transfer bytes as they are');
    if (features !== undefined) this.#features = parseFeatures(features);
    const facts = factsCommand(this.#features);
    if (facts !== undefined) await this.ask(facts);
  }
}

function isSameProxy(candidate: URL, used: URL | undefined): boolean {
  return candidate.protocol === used?.protocol && candidate.host === used.host;
}

/** A system's code is upper case, and a reply's is a number. */
function isWord(code: unknown): boolean {
  return typeof code === 'string' && /^[a-z]+(?:-[a-z]+)+$|^timeout$/.test(code);
}

/** basic-ftp asks a few things of its socket that only sockets have. */
function asSocket(stream: Duplex): Socket {
  const nothing = (): Duplex => stream;
  const socket: unknown = Object.assign(stream, {
    setTimeout: 'setTimeout' in stream ? stream.setTimeout : nothing,
    setKeepAlive: 'setKeepAlive' in stream ? stream.setKeepAlive : nothing,
  });
  if (isSocketLike(socket)) return socket;
  throw ftpFailure('protocol-invalid-operation', 'a channel gave no stream');
}

function isSocketLike(stream: unknown): stream is Socket {
  return typeof stream === 'object' && stream !== null && 'setEncoding' in stream;
}
