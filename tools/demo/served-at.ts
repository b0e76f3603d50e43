import { fork, type ChildProcess } from 'node:child_process';

/** Where the demo's server listens, and whom to trust. */
export interface ServedAt {
  readonly http: string;
  readonly https: string;
  /** In clear; by `AUTH TLS`; and with TLS from the first byte. */
  readonly ftp: string;
  readonly ftpSecured: string;
  readonly ftps: string;
  /** PEM. */
  readonly ca: string;
}

/** A server in a process of its own, so that it takes no time from the side that is measured. */
export interface ServerProcess {
  readonly at: ServedAt;
  stop(): Promise<void>;
}

/** Starts it; it serves `file`, too. Ends by itself if this process does. */
export async function startServer(file: string): Promise<ServerProcess> {
  const child = fork(new URL('server.ts', import.meta.url), [file]);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  const at = await firstMessage(child);
  return {
    at,
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

async function firstMessage(child: ChildProcess): Promise<ServedAt> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Error(`the demo's server ended with ${code} before it listened`));
    });
    child.once('message', (message) => {
      if (isServedAt(message)) resolve(message);
      else reject(new Error("the demo's server said something else"));
    });
  });
}

function isServedAt(message: unknown): message is ServedAt {
  return (
    typeof message === 'object' &&
    message !== null &&
    'http' in message &&
    'ftp' in message &&
    'ca' in message
  );
}
