import { readFile } from 'node:fs/promises';

import type { ManagerOptions, TlsAlert } from 'netaccess';

import { alertText } from './alert-text.ts';
import type { GetArguments } from './arguments.ts';
import { exitCodes } from './exit-code.ts';
import { during } from './failure.ts';
import { proxyUrl } from './proxy-url.ts';
import type { Streams } from './streams.ts';

/** What holds for every URL and every hop of a command. Without `-x` the environment's proxies are used, as curl does. */
export async function managerOptions(
  args: GetArguments,
  streams: Pick<Streams, 'errors'>,
): Promise<ManagerOptions> {
  const { proxy, caFile, insecure } = args;
  const ca = caFile === undefined ? undefined : [await certificatesOf(caFile)];
  return {
    proxy: proxyChoice(proxy),
    tls: {
      ca,
      ignoreErrors: insecure ? 'all' : undefined,
      ...(args.verbose ? alertsTo(streams) : {}),
    },
    timeouts: { total: args.totalTimeout },
  };
}

/** `-v` tells of every alert, of every connection. */
function alertsTo({ errors }: Pick<Streams, 'errors'>): ManagerOptions['tls'] {
  const tell = (alert: TlsAlert): void => void errors.write(`* TLS alert ${alertText(alert)}\n`);
  return { onAlertSent: tell, onAlertReceived: tell };
}

/** `-x`; without it the environment's, as curl does. */
export function proxyChoice(proxy: string | undefined): NonNullable<ManagerOptions['proxy']> {
  if (proxy === undefined) return 'environment';
  return proxy === '' ? 'none' : proxyUrl(proxy);
}

/** `--cacert`. */
export async function certificatesOf(file: string): Promise<Uint8Array> {
  const what = `--cacert: cannot read ${file}`;
  const bytes = await readFile(file).catch(during(exitCodes.badCaFile, what));
  if (bytes.includes('-----BEGIN CERTIFICATE-----')) return bytes;
  return during(exitCodes.badCaFile, what)(new Error('it holds no PEM certificate'));
}
