import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Another process of this bench, whose functions can be called. */
export interface Child {
  call<Answer>(name: string, argument?: unknown): Promise<Answer>;
  /** Settles when the child says that this has happened. */
  told(event: string): Promise<void>;
  stop(): Promise<void>;
}

interface Answer {
  readonly id?: number;
  readonly event?: string;
  readonly value?: unknown;
  readonly failure?: string;
}

/** Starts a module that calls `answerCalls`. */
export function startChild(module: URL, args: readonly string[] = []): Child {
  const child = fork(module, args, {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const pending = new Map<number, (answer: Answer) => void>();
  const events = new Map<string, () => void>();
  let lastId = 0;
  child.on('message', (answer: Answer) => {
    if (answer.event !== undefined) events.get(answer.event)?.();
    if (answer.id === undefined) return;
    pending.get(answer.id)?.(answer);
    pending.delete(answer.id);
  });
  child.once('exit', (code) => {
    for (const settle of pending.values())
      settle({ failure: `the process ended with code ${code}` });
  });
  return {
    call<Value>(name: string, argument?: unknown): Promise<Value> {
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        pending.set(id, ({ value, failure }) => {
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the other process is this bench's own
          if (failure === undefined) resolve(value as Value);
          else reject(new Error(`${args.join(' ')}: ${failure}`));
        });
        child.send({ id, name, argument });
      });
    },
    told: (event) => new Promise((resolve) => events.set(event, resolve)),
    stop: () => stopped(child),
  };
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}

/** Answers the calls of the process that started this one, one at a time. */
export function answerCalls(
  functions: Readonly<Record<string, (argument: never) => unknown>>,
): void {
  process.on('message', ({ id, name, argument }: { id: number; name: string; argument: never }) => {
    void answerOne(id, () => functions[name]?.(argument));
  });
}

/** Tells the process that started this one that something has happened. */
export function tell(event: string): void {
  process.send?.({ event });
}

async function answerOne(id: number, call: () => unknown): Promise<void> {
  try {
    process.send?.({ id, value: await call() });
  } catch (error) {
    process.send?.({ id, failure: error instanceof Error ? error.stack : String(error) });
  }
}
