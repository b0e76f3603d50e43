import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

import { FtpData, FtpDataPort } from './ftp-data.ts';
import type { FtpDataScript, FtpWorld } from './ftp-server.ts';

const changed = new Date('2026-01-02T03:04:05Z');
const stamp = '20260102030405';
/** When what was put came; the rest is old. */
const times = new WeakMap<Uint8Array, string>();

function stampOf(bytes: Uint8Array): string {
  return times.get(bytes) ?? stamp;
}

/** One control connection of the server in memory, and what it is in the middle of. */
export class FtpSession {
  readonly world: FtpWorld;
  /** As it came; `socket` is what it is secured by. */
  readonly plain: Socket;
  socket: Socket;
  secured = false;
  /** `PROT P` was said. */
  protects = false;
  user = '';
  folder = '/login/';
  restart = 0;
  type = 'I';
  renaming: string | undefined;
  /** Data connections that resumed a session, and those that did not. */
  readonly resumed: boolean[] = [];
  port: FtpDataPort | undefined;
  readonly #carrying = new Set<FtpDataPort>();
  #line = '';
  #queue: Promise<void> = Promise.resolve();
  #dataPorts = 0;

  constructor(socket: Socket, world: FtpWorld) {
    this.world = world;
    this.plain = socket;
    this.socket = socket;
    socket.on('error', () => undefined);
    if (world.options.implicit === true) this.secure();
    else this.#listen();
    socket.once('close', () => {
      this.port?.close();
      for (const port of this.#carrying) port.stopListening();
    });
    this.#later(async () => {
      await this.#scripted('greeting', '', () => this.reply('220 Ready.'));
    });
  }

  /** Sends a reply as it is, with the end of its line if that is missing. */
  async reply(text: string): Promise<void> {
    const { dribbles = false } = this.world.options;
    const bytes = Buffer.from(text.endsWith('\n') ? text : `${text}\r\n`, 'latin1');
    if (!dribbles) return void this.socket.write(bytes);
    for (const byte of bytes) {
      this.socket.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  secure(): void {
    this.plain.removeAllListeners('data');
    const tls = new TLSSocket(this.plain, { isServer: true, secureContext: this.world.context });
    tls.on('error', () => undefined);
    this.socket = tls;
    this.secured = true;
    this.#listen();
  }

  async close(): Promise<void> {
    this.port?.close();
    for (const port of this.#carrying) port.close();
    this.socket.destroy();
    this.plain.destroy();
  }

  #listen(): void {
    this.socket.on('data', (chunk: Buffer) => {
      const lines = `${this.#line}${chunk.toString('latin1')}`.split('\r\n');
      this.#line = lines.pop() ?? '';
      for (const line of lines) this.#hear(line);
    });
  }

  /** Commands overlap while they wait, as on a way that takes its time; they are done in their order. */
  #hear(line: string): void {
    this.world.hear(line);
    const { delay = 0 } = this.world.options;
    const due = performance.now() + delay;
    this.#later(async () => {
      await waitUntil(due);
      const [verb = '', ...rest] = line.split(' ');
      const argument = rest.join(' ');
      await this.#scripted(verb.toUpperCase(), argument, () =>
        this.#obey(verb.toUpperCase(), argument),
      );
    });
  }

  #later(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work).catch(() => void this.socket.destroy());
  }

  async #scripted(verb: string, argument: string, usual: () => Promise<void>): Promise<void> {
    const { scripts = {} } = this.world.options;
    const script = Object.hasOwn(scripts, verb) ? scripts[verb] : undefined;
    const said = typeof script === 'function' ? await script(argument, this) : script;
    if (said === undefined) await usual();
    else if (said !== '') await this.reply(said);
  }

  async #obey(verb: string, argument: string): Promise<void> {
    const obey = commands[verb];
    if (obey === undefined) return this.reply('502 Not known.');
    await obey(this, argument);
  }

  path(argument: string): string {
    const joined = argument.startsWith('/') ? argument : `${this.folder}${argument}`;
    return joined.replaceAll('/./', '/');
  }

  isDirectory(path: string): boolean {
    const folder = path.endsWith('/') ? path : `${path}/`;
    return (
      folder === '/' ||
      folder === '/login/' ||
      [...this.world.files.keys()].some((name) => name.startsWith(folder))
    );
  }

  knows(feature: string): boolean {
    return this.world.features.some((line) => line.split(' ')[0] === feature);
  }

  async listen(): Promise<number> {
    this.port?.close();
    this.#dataPorts += 1;
    this.port = await FtpDataPort.listen(this.world, this.#dataPorts);
    return this.port.port;
  }

  /** Carries something over the data connection that was announced: mark, handshake, bytes, final reply. */
  async carry(verb: string, mark: string, usual: FtpDataScript): Promise<void> {
    const { port, world } = this;
    if (port === undefined) return this.reply('425 No data connection.');
    await this.reply(mark);
    this.port = undefined;
    this.#carrying.add(port);
    void port.arrived.then(() => port.stopListening());
    const { data: scripts = {}, requiresSession = false, delay = 0 } = world.options;
    let data: FtpData;
    try {
      data = await FtpData.accept(port.arrived, world, this.secured && this.protects);
    } catch {
      return this.reply('425 The handshake failed.');
    }
    this.resumed.push(data.resumed);
    if (requiresSession && !data.resumed) {
      data.socket.destroy();
      return this.reply('522 Session reuse is required.');
    }
    await (scripts[verb] ?? usual)(data, this);
    if (this.silent) return;
    await waitUntil(performance.now() + delay);
    await this.reply(this.verdict ?? '226 Done.');
  }

  /** What is said after a transfer instead of 226. */
  verdict: string | undefined;
  /** Nothing is. */
  silent = false;
}

type Command = (session: FtpSession, argument: string) => Promise<void>;

function featured(feature: string, command: Command): Command {
  return (session, argument) =>
    session.knows(feature) ? command(session, argument) : session.reply('502 Not known.');
}

function withFile(
  command: (session: FtpSession, bytes: Uint8Array, path: string) => Promise<void>,
): Command {
  return (session, argument) => {
    const path = session.path(argument);
    const bytes = session.world.files.get(path);
    if (bytes !== undefined && !path.endsWith('/')) return command(session, bytes, path);
    if (session.isDirectory(path)) return session.reply('550 Not a plain file.');
    return session.reply('550 No such file or directory.');
  };
}

const commands: Readonly<Record<string, Command>> = {
  async USER(session, argument) {
    session.user = argument;
    await session.reply('331 Password, please.');
  },
  async PASS(session, argument) {
    const { users } = session.world.options;
    const right = users === undefined || users[session.user] === argument;
    await session.reply(right ? '230 Welcome.' : '530 Login incorrect.');
  },
  AUTH: featured('AUTH', async (session) => {
    await session.reply('234 Go on.');
    session.secure();
  }),
  PBSZ: (session) => session.reply('200 Fine.'),
  async PROT(session, argument) {
    session.protects = argument === 'P';
    await session.reply('200 Fine.');
  },
  FEAT: (session) =>
    session.reply(
      ['211-Features:', ...session.world.features.map((line) => ` ${line}`), '211 End'].join(
        '\r\n',
      ),
    ),
  async TYPE(session, argument) {
    session.type = argument;
    await session.reply('200 Fine.');
  },
  OPTS: (session) => session.reply('200 Fine.'),
  NOOP: (session) => session.reply('200 Fine.'),
  PWD: (session) => session.reply(`257 "${session.folder.slice(0, -1) || '/'}" is here`),
  async CWD(session, argument) {
    const path = session.path(argument);
    if (!session.isDirectory(path)) return session.reply('550 No such directory.');
    session.folder = path.endsWith('/') ? path : `${path}/`;
    await session.reply('250 There.');
  },
  SIZE: featured(
    'SIZE',
    withFile((session, bytes) => session.reply(`213 ${bytes.length}`)),
  ),
  MDTM: featured(
    'MDTM',
    withFile((session, bytes) => session.reply(`213 ${stampOf(bytes)}`)),
  ),
  MLST: featured('MLST', async (session, argument) => {
    const path = session.path(argument);
    const bytes = session.world.files.get(path);
    if (bytes === undefined && !session.isDirectory(path))
      return session.reply('550 No such file.');
    const facts = bytes === undefined ? 'type=dir' : `type=file;size=${bytes.length}`;
    await session.reply(
      `250-Listing\r\n ${facts};modify=${bytes === undefined ? stamp : stampOf(bytes)}; ${path}\r\n250 End`,
    );
  }),
  async EPSV(session) {
    await session.reply(`229 Extended Passive Mode (|||${await session.listen()}|)`);
  },
  async PASV(session) {
    const port = await session.listen();
    await session.reply(`227 Passive Mode (127,0,0,1,${port >> 8},${port & 255})`);
  },
  REST: featured('REST', async (session, argument) => {
    session.restart = Number(argument);
    await session.reply('350 From there on.');
  }),
  RETR: withFile(async (session, bytes) => {
    const rest = bytes.subarray(session.restart);
    session.restart = 0;
    await session.carry('RETR', `150 Opening (${bytes.length} bytes).`, async (data) => {
      await data.write(rest);
      await data.end();
    });
  }),
  STOR: (session, argument) => store(session, 'STOR', argument),
  APPE: (session, argument) => store(session, 'APPE', argument),
  MLSD: featured('MLST', async (session, argument) => {
    const folder = session.path(argument === '' ? '' : `${argument}/`).replace(/\/+$/, '/');
    if (!session.isDirectory(folder)) return session.reply('550 No such directory.');
    await session.carry('MLSD', '150 Listing.', async (data) => {
      await data.write(Buffer.from(machineListing(session, folder), 'latin1'));
      await data.end();
    });
  }),
  async LIST(session) {
    const { listing } = session.world.options;
    const said = typeof listing === 'string' ? Buffer.from(listing, 'latin1') : listing;
    await session.carry('LIST', '150 Listing.', async (data) => {
      await data.write(said ?? Buffer.from(unixListing(session, session.folder), 'latin1'));
      await data.end();
    });
  },
  async DELE(session, argument) {
    const path = session.path(argument);
    await session.reply(
      session.world.files.delete(path) ? '250 Gone.' : '550 No such file or directory.',
    );
  },
  async MKD(session, argument) {
    const path = `${session.path(argument)}/`;
    if (session.world.files.has(path)) return session.reply('550 File exists.');
    session.world.files.set(path, new Uint8Array(0));
    await session.reply(`257 "${argument}" made.`);
  },
  async RMD(session, argument) {
    const path = `${session.path(argument)}/`;
    await session.reply(
      session.world.files.delete(path) ? '250 Gone.' : '550 No such file or directory.',
    );
  },
  async RNFR(session, argument) {
    const path = session.path(argument);
    if (!session.world.files.has(path)) return session.reply('550 No such file or directory.');
    session.renaming = path;
    await session.reply('350 And to?');
  },
  async RNTO(session, argument) {
    const { renaming, world } = session;
    const bytes = renaming === undefined ? undefined : world.files.get(renaming);
    if (renaming === undefined || bytes === undefined) return session.reply('503 RNFR first.');
    world.files.delete(renaming);
    world.files.set(session.path(argument), bytes);
    await session.reply('250 Renamed.');
  },
  SITE: (session, argument) => session.reply(`200 SITE ${argument}`),
  async QUIT(session) {
    await session.reply('221 Bye.');
    session.socket.end();
  },
};

async function store(session: FtpSession, verb: 'STOR' | 'APPE', argument: string): Promise<void> {
  const path = session.path(argument);
  if (session.isDirectory(path)) return session.reply('550 Is a directory.');
  const { files } = session.world;
  const old = Buffer.from(files.get(path) ?? []);
  const from = verb === 'APPE' ? old.length : session.restart;
  session.restart = 0;
  await session.carry(verb, '150 Send it.', async (data) => {
    const bytes = await data.readAll();
    const whole = Buffer.concat([old.subarray(0, from), bytes]);
    times.set(whole, new Date().toISOString().replaceAll(/[-T:]|\..*/g, ''));
    files.set(path, whole);
    data.socket.destroySoon();
  });
}

function children(
  session: FtpSession,
  folder: string,
): ReadonlyMap<string, Uint8Array | undefined> {
  const found = new Map<string, Uint8Array | undefined>();
  for (const [path, bytes] of session.world.files) {
    if (!path.startsWith(folder) || path === folder) continue;
    const [name = '', ...below] = path.slice(folder.length).split('/');
    found.set(name, below.length === 0 ? bytes : undefined);
  }
  return found;
}

function machineListing(session: FtpSession, folder: string): string {
  const lines = [...children(session, folder)].map(([name, bytes]) =>
    bytes === undefined
      ? `type=dir;modify=${stamp};UNIX.mode=0755; ${name}`
      : `type=file;size=${bytes.length};modify=${stamp};UNIX.mode=0644; ${name}`,
  );
  return [`type=cdir;modify=${stamp}; .`, ...lines].map((line) => `${line}\r\n`).join('');
}

function unixListing(session: FtpSession, folder: string): string {
  const lines = [...children(session, folder)].map(([name, bytes]) => {
    const rights = bytes === undefined ? 'drwxr-xr-x' : '-rw-r--r--';
    return `${rights} 1 own grp ${bytes?.length ?? 4096} Jan 02 ${changed.getUTCFullYear()} ${name}`;
  });
  return lines.map((line) => `${line}\r\n`).join('');
}

function waitUntil(due: number): Promise<void> {
  const left = due - performance.now();
  return left <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, left));
}
