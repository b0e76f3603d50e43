import { NetworkError } from '@netaccess/core';
import { environmentProxies } from '@netaccess/transport';

import type { ProxyChoice } from './manager-options.ts';

type Candidates = (url: URL) => readonly URL[];

/** The candidate proxies of every URL; `undefined` is none for any. */
export function proxiesOf(choice: ProxyChoice | undefined): Candidates | undefined {
  if (choice === undefined || choice === 'none') return undefined;
  if (typeof choice === 'function') return choice;
  if (choice === 'environment') return environment();
  const proxy = [proxyUrl(choice)];
  return () => proxy;
}

/** What the variables say when the first URL is asked for. */
function environment(): Candidates {
  let candidates: Candidates | undefined;
  return (url) => {
    candidates ??= environmentProxies(process.env);
    return candidates(url);
  };
}

function proxyUrl(choice: string | URL): URL {
  try {
    return new URL(choice);
  } catch {
    throw new NetworkError(
      'unknown-proxy',
      'the proxy is no URL such as http://host:port or socks5://host:port',
    );
  }
}
