import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** The name of a program of this machine that speaks Redis, or nothing: what needs it is skipped then. */
export const redisProgram: string | undefined = ['redis-server', 'valkey-server'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);

if (redisProgram === undefined) {
  process.stderr.write('no redis-server here: tests of the Redis store are skipped\n');
}

/** A real server on a port of loopback that stays the same when it is started again. It keeps nothing on disk. */
export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, options: readonly string[]) {
    this.port = port;
    this.#options = options;
    this.#folder = mkdtempSync(path.join(tmpdir(), 'netaccess-redis-'));
  }

  static async start(...options: readonly string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, with nothing in it. */
  async start(): Promise<void> {
    const words = ['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.#folder];
    const started = spawn(
      redisProgram ?? '',
      [...words, '--save', '', '--appendonly', 'no', ...this.#options],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#process = started;
    for await (const line of createInterface(started.stdout)) {
      if (/Ready to accept connections/i.test(line)) break;
    }
    started.stdout.resume();
  }

  /** Ends it as if the machine had lost its power. */
  async kill(): Promise<void> {
    const killed = this.#process;
    this.#process = undefined;
    if (killed === undefined || killed.exitCode !== null) return;
    const exit = once(killed, 'exit');
    killed.kill('SIGKILL');
    await exit;
  }

  /** It holds its connections, and answers nothing. */
  suspend(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.resume();
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
