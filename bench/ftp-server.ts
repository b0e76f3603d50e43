import { createServer, Socket, type Server } from 'node:net';

import { answerCalls } from './child.ts';

// As little as possible per command: the server must not be what limits a contender.

/** Where the servers can be reached: one answers at once, the other takes its time. */
export interface FtpFacts {
  readonly fast: string;
  readonly slow: string;
}

/** Between a command and its reply, and between the end of data and the last reply. */
const SLOW_MILLISECONDS = 5;
const BLOCK = Buffer.alloc(1_048_576, 'netaccess');
const features =
  '211-Features:\r\n MLST type*;size*;modify*;UNIX.mode*;\r\n SIZE\r\n MDTM\r\n211 End';
const facts = 'modify=20260102030405;UNIX.mode=0644;';

const fixed: Readonly<Record<string, string>> = {
  USER: '331 Password',
  PASS: '230 Welcome',
  FEAT: features,
  PWD: '257 "/" is here',
  RNFR: '350 And to?',
  RNTO: '250 Renamed',
  DELE: '250 Gone',
};

/** Speaks just enough FTP for well-behaved peers: `large/BYTES`, `small/BYTES`, `list/ENTRIES`, and anything that is put. */
class Conversation {
  readonly #socket: Socket;
  readonly #delay: number;
  #data: { readonly server: Server; readonly arrived: Promise<Socket> } | undefined;
  #queue: Promise<void> = Promise.resolve();
  #text = '';

  constructor(socket: Socket, delay: number) {
    this.#socket = socket;
    this.#delay = delay;
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => this.#hear(chunk.toString('latin1')));
    this.#reply('220 Ready');
  }

  #hear(chunk: string): void {
    const lines = `${this.#text}${chunk}`.split('\r\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) {
      const due = performance.now() + this.#delay;
      this.#queue = this.#queue
        .then(() => this.#obey(line, due))
        .catch(() => void this.#socket.destroy());
    }
  }

  async #obey(line: string, due: number): Promise<void> {
    await until(due);
    const [verb = '', path = ''] = line.split(' ');
    const amount = Number.parseInt(path.split('/')[1] ?? '0', 10);
    if (verb === 'EPSV') return this.#listen();
    if (verb === 'MLST')
      return this.#reply(`250-Is\r\n type=file;size=${amount};${facts} ${path}\r\n250 End`);
    if (verb === 'RETR') return this.#carry((socket) => sendBytes(socket, amount));
    if (verb === 'MLSD') return this.#carry((socket) => void socket.end(listing(amount)));
    if (verb === 'STOR') return this.#carry(() => undefined);
    this.#reply(fixed[verb] ?? '200 Fine');
  }

  #reply(text: string): void {
    this.#socket.write(`${text}\r\n`);
  }

  async #listen(): Promise<void> {
    const server = createServer({ pauseOnConnect: true });
    const arrived = new Promise<Socket>((resolve) => {
      server.once('connection', resolve);
    });
    this.#data = { server, arrived };
    this.#reply(`229 Passive (|||${await listening(server)}|)`);
  }

  async #carry(send: (socket: Socket) => void): Promise<void> {
    const data = this.#data;
    if (data === undefined) return this.#reply('425 No data connection');
    this.#reply('150 Go');
    const socket = swallowing(await data.arrived);
    data.server.close();
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
    });
    socket.on('error', () => socket.destroy());
    send(socket);
    await closed;
    await until(performance.now() + this.#delay);
    this.#reply('226 Done');
  }
}

/** Everything that is received goes into it: nobody keeps anything of it. */
const shared = Buffer.allocUnsafeSlow(262_144);

/** Node lets only sockets that connect read into memory of their own: one that was accepted gives its handle to another. */
function swallowing(accepted: Socket): Socket {
  const handle: unknown = Reflect.get(accepted, '_handle');
  Reflect.set(accepted, '_handle', null);
  const socket: Socket = Reflect.construct(Socket, [
    { handle, onread: { buffer: shared, callback: () => true } },
  ]);
  socket.resume();
  return socket;
}

function sendBytes(socket: Socket, bytes: number): void {
  let left = bytes;
  const next = (): void => {
    while (left > 0) {
      const block = left < BLOCK.length ? BLOCK.subarray(0, left) : BLOCK;
      left -= block.length;
      if (!socket.write(block)) return void socket.once('drain', next);
    }
    socket.end();
  };
  next();
}

const listings = new Map<number, Buffer>();

function listing(entries: number): Buffer {
  const known = listings.get(entries);
  if (known !== undefined) return known;
  const lines = Array.from(
    { length: entries },
    (_, index) => `type=file;size=${index};${facts} file number ${index}.txt\r\n`,
  );
  const made = Buffer.from(lines.join(''));
  listings.set(entries, made);
  return made;
}

function until(due: number): Promise<void> {
  const left = due - performance.now();
  // A timer takes a millisecond at least.
  return left < 0.5 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, left));
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1' }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

async function start(): Promise<FtpFacts> {
  const ports = [0, SLOW_MILLISECONDS].map((delay) =>
    listening(createServer((socket) => void new Conversation(socket, delay))),
  );
  const [fast, slow] = await Promise.all(ports);
  return { fast: `ftp://127.0.0.1:${fast}`, slow: `ftp://127.0.0.1:${slow}` };
}

answerCalls({ start });
