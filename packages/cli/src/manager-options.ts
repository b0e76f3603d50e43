import { readFile } from 'node:fs/promises';

import type { ManagerOptions } from 'netaccess';

import type { GetArguments } from './arguments.ts';
import { exitCodes } from './exit-code.ts';
import { during } from './failure.ts';
import { proxyUrl } from './proxy-url.ts';

/** What holds for every URL and every hop of a command. Without `-x` the environment's proxies are used, as curl does. */
export async function managerOptions(args: GetArguments): Promise<ManagerOptions> {
  const { proxy, caFile, insecure } = args;
  const ca = caFile === undefined ? undefined : [await certificatesOf(caFile)];
  return {
    proxy: proxyChoice(proxy),
    tls: { ca, ignoreErrors: insecure ? 'all' : undefined },
    timeouts: { total: args.totalTimeout },
  };
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
