import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, vi } from 'vitest';

const bin = path.resolve(import.meta.dirname, '../src/bin.ts');
/** Spares every command but the first the stripping of types. */
const compileCache = path.resolve(import.meta.dirname, '../node_modules/.cache/compiled');

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** What a command gets beside its words. */
export interface Surroundings {
  readonly cwd?: string;
  /** What stands on its standard input; `null`: nothing yet, and no end. */
  readonly input?: string | null;
  readonly env?: Readonly<Record<string, string>>;
}

/** A command that is running. */
export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts the real command as a shell would, without any proxy of the environment. */
export function start(words: readonly string[], surroundings: Surroundings = {}): Running {
  return startProgram(process.execPath, [bin, ...words], surroundings);
}

/** Starts any program with the same surroundings. */
export function startProgram(
  program: string,
  words: readonly string[],
  { cwd, input = '', env = {} }: Surroundings = {},
): Running {
  const child = spawn(program, words, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: tmpdir(), NODE_COMPILE_CACHE: compileCache, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A command that does not read its input may be gone before it is written.
  child.stdin.on('error', () => child.stdin.destroy());
  if (input !== null) child.stdin.end(input);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => {
      resolve({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() });
    });
  });
  return { process: child, ended };
}

/** Runs the real command to its end. */
export function run(words: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  return start(words, surroundings).ended;
}

// Each command is a process of its own, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone when the file's tests are over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'netaccess-cli-'));
  folders.push(folder);
  return folder;
}
