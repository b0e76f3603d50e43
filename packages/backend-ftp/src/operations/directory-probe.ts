import { argument } from '../argument.ts';
import type { ControlConnection } from '../control-connection.ts';
import type { FtpReply } from '../control-context.ts';
import { ftpFailure, replyFailure } from '../reply-error.ts';

/** The reply to going into a directory. After one that says yes, the server is there until `goHome`. */
export async function enterDirectory(
  connection: ControlConnection,
  path: string,
): Promise<FtpReply> {
  if (path === '') return { code: 250, message: '250 already there' };
  connection.home ??= await askHome(connection);
  return connection.askOne(`CWD ${argument(path)}`);
}

/** The command that leads back to where relative paths start. */
export function homeCommand({ home }: ControlConnection): string {
  return `CWD ${argument(home ?? '/')}`;
}

/** Throws when the server does not go back: then no relative path means what it should. */
export async function goHome(connection: ControlConnection): Promise<void> {
  const reply = await connection.askOne(homeCommand(connection));
  if (reply.code < 300) return;
  const failure = replyFailure(reply, 'go back to where the login led');
  await connection.close(failure);
  throw failure;
}

/** Whether the path names a directory, for servers that do not say it otherwise. */
export async function isDirectory(connection: ControlConnection, path: string): Promise<boolean> {
  const reply = await enterDirectory(connection, path);
  if (reply.code >= 300) return false;
  if (path !== '') await goHome(connection);
  return true;
}

/** `257 "/a ""quoted"" name" is the current directory` (RFC 959 appendix II). */
async function askHome(connection: ControlConnection): Promise<string> {
  const reply = await connection.askOne('PWD');
  const [, quoted] = /"((?:[^"]|"")*)"/.exec(reply.message) ?? [];
  if (reply.code >= 300) throw replyFailure(reply, 'learn where the login led');
  if (quoted === undefined || /[\r\n\0]/.test(quoted)) {
    throw ftpFailure('protocol-failure', 'the server did not say where the login led');
  }
  return quoted.replaceAll('""', '"');
}
