import { createServer, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';

import type { FtpData } from './ftp-data.ts';
import { FtpSession } from './ftp-session.ts';
import { listenOnLoopback, type ListenOptions, type LoopbackServer } from './loopback-server.ts';

/** Instead of what a command would do: what is replied; or a function, whose `undefined` means that it is done as usual. */
export type FtpScript =
  | string
  | ((argument: string, session: FtpSession) => string | undefined | Promise<string | undefined>);

/** Instead of what a data connection would carry. It is over when the function's promise settles. */
export type FtpDataScript = (data: FtpData, session: FtpSession) => Promise<void>;

/** What the server holds, and how it behaves. */
export interface FtpServerOptions extends ListenOptions {
  /** By absolute path; one that ends in a slash is a directory. Shared with the test: what is put ends up here. */
  readonly files?: Map<string, Uint8Array> | undefined;
  /** Names and passwords; absent: everybody may log in. */
  readonly users?: Readonly<Record<string, string>> | undefined;
  /** What FEAT says, and SIZE, MDTM, MLST, REST and AUTH are known only if it does. */
  readonly features?: readonly string[] | undefined;
  /** By command, in upper case; "greeting" for the first reply. */
  readonly scripts?: Readonly<Record<string, FtpScript>> | undefined;
  /** By command: RETR, STOR, APPE, LIST, MLSD. */
  readonly data?: Readonly<Record<string, FtpDataScript>> | undefined;
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  /** TLS from the first byte. */
  readonly implicit?: boolean | undefined;
  /** A data connection that does not resume the session of its control connection is refused by 522. */
  readonly requiresSession?: boolean | undefined;
  readonly maximumVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** Milliseconds between a command and its reply. */
  readonly delay?: number | undefined;
  /** Each byte of a reply in a turn of the event loop of its own. */
  readonly dribbles?: boolean | undefined;
  /** What LIST says, instead of a listing in the style of Unix. */
  readonly listing?: string | Uint8Array | undefined;
}

/** An FTP server in memory. */
export interface FtpServer extends LoopbackServer {
  readonly files: Map<string, Uint8Array>;
  /** Every command line so far, in order of arrival, whoever sent it; passwords too. */
  readonly commands: readonly string[];
  readonly sessions: readonly FtpSession[];
  /** Settles when a command that begins so has come. */
  heard(start: string): Promise<void>;
}

/** What a session knows of its server. */
export interface FtpWorld {
  readonly options: FtpServerOptions;
  readonly files: Map<string, Uint8Array>;
  readonly features: readonly string[];
  readonly context: SecureContext | undefined;
  readonly host: string;
  hear(command: string): void;
  /** A path for a data connection's unix socket; absent: TCP. */
  readonly path: string | undefined;
}

const allFeatures = [
  'MLST type*;size*;modify*;UNIX.mode*;',
  'SIZE',
  'MDTM',
  'REST STREAM',
  'UTF8',
  'EPSV',
];

/** Starts one on loopback. */
export async function ftpServer(options: FtpServerOptions = {}): Promise<FtpServer> {
  const { tls, implicit = false, files = new Map(), maximumVersion } = options;
  const commands: string[] = [];
  const sessions: FtpSession[] = [];
  const waiting = new Set<() => void>();
  const world: FtpWorld = {
    options,
    files,
    features: options.features ?? [
      ...allFeatures,
      ...(tls && !implicit ? ['AUTH TLS', 'PBSZ', 'PROT'] : []),
    ],
    context: tls && createSecureContext({ ...tls, maxVersion: maximumVersion ?? 'TLSv1.3' }),
    host: options.host ?? '127.0.0.1',
    path: options.path,
    hear(command) {
      commands.push(command);
      for (const wake of waiting) wake();
    },
  };
  const server = createServer({ noDelay: true }, (socket: Socket) => {
    sessions.push(new FtpSession(socket, world));
  });
  const listening = await listenOnLoopback(server, implicit ? 'ftps' : 'ftp', options);
  const closeListening = listening.close.bind(listening);
  const close = async (): Promise<void> => {
    await Promise.all(sessions.map((session) => session.close()));
    await closeListening();
  };
  return Object.assign(listening, {
    files,
    commands,
    sessions,
    heard: async (start: string): Promise<void> => {
      while (!commands.some((command) => command.startsWith(start))) {
        await new Promise<void>((resolve) => {
          waiting.add(resolve);
        });
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  });
}
