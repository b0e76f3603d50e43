import type { Channel, Target } from '@netaccess/transport';

import type { ControlConnection, OpeningOptions } from './control-connection.ts';
import type { FtpReply } from './control-context.ts';
import { ftpFailure, replyFailure } from './reply-error.ts';

/** What opening a data connection depends on besides its control connection. */
export type DataOptions = Pick<
  OpeningOptions,
  'signal' | 'timeoutMilliseconds' | 'proxyCredentials'
>;

/** The command that makes the server listen (RFC 2428, RFC 959). */
export function passiveCommand(connection: ControlConnection): 'EPSV' | 'PASV' {
  return connection.usesPasv ? 'PASV' : 'EPSV';
}

/** The port where the server listens, asked again by PASV if it knows no EPSV. */
export async function passivePort(connection: ControlConnection, reply: FtpReply): Promise<number> {
  if (reply.code < 400 || reply.code === 530 || connection.usesPasv) return portOf(reply);
  connection.usesPasv = true;
  return portOf(await connection.askOne('PASV'));
}

/**
 * Connects to where the server listens. The address that PASV names is ignored: it may be anybody's. Data goes to whom the control
 * connection leads, through the same proxy; beside a unix socket, to one whose path ends in a dot and the port.
 */
export async function openData(
  connection: ControlConnection,
  port: number,
  options: DataOptions,
): Promise<Channel> {
  const { connector } = connection.route;
  const { signal, timeoutMilliseconds: timeout, proxyCredentials } = options;
  const { proxy } = connection;
  const terms = { signal, timeout, proxyCredentials, proxy };
  try {
    return await connector.connect(dataTarget(connection, port), terms);
  } catch (error) {
    throw dataFailure(error, `cannot open a data connection to ${connection.route.name}`);
  }
}

/** The channel, protected if the control connection is; its session is resumed. */
export async function secureData(
  connection: ControlConnection,
  channel: Channel,
  options: DataOptions,
): Promise<Channel> {
  const { provider, tlsOptions } = connection.route;
  if (connection.secured === undefined || provider === undefined) return channel;
  const { signal, timeoutMilliseconds: timeout } = options;
  const session = connection.sessions;
  return provider.secure(channel, { ...tlsOptions, signal, timeout, session });
}

/** The same code, and what was tried before what went wrong. */
export function dataFailure(error: unknown, doing: string): Error {
  if (!(error instanceof Error)) return ftpFailure('unknown-network', doing, { cause: error });
  const temporary = 'temporary' in error && error.temporary === true;
  return Object.assign(new Error(`${doing}: ${error.message}`, { cause: error }), {
    code: 'code' in error ? error.code : 'unknown-network',
    temporary,
  });
}

function dataTarget({ route, proxy, channel }: ControlConnection, port: number): Target {
  const { target } = route;
  if (target.path !== undefined) return { path: `${target.path}.${port}` };
  // Of a proxy, the address is its own; and a name of several addresses must not lead to another host.
  const { address, family } = channel.address;
  return { host: proxy === undefined && family !== 0 ? address : target.host, port };
}

function portOf(reply: FtpReply): number {
  if (reply.code >= 400) throw replyFailure(reply, 'open a data connection');
  const port = reply.code === 229 ? extendedPort(reply.message) : plainPort(reply.message);
  if (port !== undefined && port > 0 && port < 65_536) return port;
  throw ftpFailure('protocol-failure', 'the server named no port for a data connection');
}

/** "229 Entering Extended Passive Mode (|||6446|)", with any character for "|". */
function extendedPort(message: string): number | undefined {
  const [, , digits] = /([\x21-\x2f\x3a-\x7e])\1\1(\d{1,5})\1/.exec(message) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** "227 Entering Passive Mode (127,0,0,1,4,1)", with or without the brackets. */
function plainPort(message: string): number | undefined {
  const numbers = /(?<!\d)\d{1,3},\d{1,3},\d{1,3},\d{1,3},(\d{1,3}),(\d{1,3})(?!\d)/.exec(message);
  const [, high, low] = numbers ?? [];
  if (high === undefined || low === undefined || Number(high) > 255 || Number(low) > 255)
    return undefined;
  return Number(high) * 256 + Number(low);
}
