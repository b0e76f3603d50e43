import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';

import { createManager, type InterruptedHandshake, type TlsInspection } from 'netaccess';

import { exitCodeOf, exitCodes } from './exit-code.ts';
import { during } from './failure.ts';
import type { CommandContext } from './get.ts';
import { printable } from './head-text.ts';
import { certificatesOf, proxyChoice } from './manager-options.ts';
import { UsageError, type ParsedOptions } from './options.ts';
import type { Streams } from './streams.ts';
import { readTlsArguments, type TlsArguments } from './tls-arguments.ts';
import { tlsTree } from './tls-tree.ts';

/** `netaccess tls`: shakes hands with one peer and prints what it is like. Resolves to the exit code that `get` would end with. */
export async function tls(
  parsed: ParsedOptions,
  { streams, signal }: CommandContext,
): Promise<number> {
  const args = readTlsArguments(parsed);
  if (args.interactive && streams.input.isTTY !== true) {
    throw new UsageError('--interactive needs a terminal to ask at');
  }
  const url = urlOf(args.url);
  const manager = createManager({ proxy: proxyChoice(args.proxy) });
  try {
    const found = await manager.inspectTls(url, {
      tls: await tlsOf(args, streams),
      signal,
      connectTimeout: args.connectTimeout,
    });
    streams.output.write(`${tlsTree(found)}\n`);
    return exitCode(found, url);
  } finally {
    await manager.close();
  }
}

function urlOf(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new UsageError(`"${printable(text)}" is no URL, and no host with a port`);
  }
}

function exitCode({ failure }: TlsInspection, url: URL): number {
  return failure === undefined ? exitCodes.ok : exitCodeOf(failure, { url, answered: false });
}

type Options = NonNullable<Parameters<ReturnType<typeof createManager>['inspectTls']>[1]>['tls'];

async function tlsOf(args: TlsArguments, streams: Streams): Promise<Options> {
  const { caFile, certificateFile, keyFile = certificateFile } = args;
  return {
    ca: caFile === undefined ? undefined : [await certificatesOf(caFile)],
    certificate: certificateFile === undefined ? undefined : await pem(certificateFile),
    key: keyFile === undefined ? undefined : await pem(keyFile),
    serverName: args.serverName,
    alpn: args.alpn.length === 0 ? undefined : args.alpn,
    minimumVersion: args.minimumVersion,
    maximumVersion: args.maximumVersion,
    ignoreErrors: args.insecure ? 'all' : undefined,
    ocsp: 'ask',
    onHandshakeInterrupted: args.interactive
      ? (handshake) => askToContinue(handshake, streams)
      : undefined,
  };
}

function pem(file: string): Promise<Uint8Array> {
  return readFile(file).catch(during(exitCodes.badCertificate, `cannot read ${file}`));
}

/** The peer waits meanwhile, and has seen nothing of this side. */
async function askToContinue(
  { errors, signal }: InterruptedHandshake,
  { input, errors: output }: Streams,
): Promise<boolean> {
  for (const { message, advice } of errors) {
    output.write(`✗ ${printable(message)}\n`);
    if (advice !== undefined) output.write(`  ${advice}\n`);
  }
  const terminal = createInterface({ input, output, terminal: false });
  // Who ends the input has said no.
  const gone = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    const asked = terminal.question('Continue all the same? [y/N] ', { signal });
    const answer = await Promise.race([asked, gone]);
    return /^y(?:es)?$/iu.test(answer.trim());
  } finally {
    terminal.close();
  }
}
