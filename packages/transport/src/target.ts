import type { Target } from './contract.ts';
import { networkFailure } from './network-failure.ts';

/** "host:port" with brackets where they are needed, or the path of a unix socket: what messages name. */
export function describeTarget(target: Target): string {
  if (target.path !== undefined) return target.path;
  const host = unbracketed(target.host);
  return host.includes(':') ? `[${host}]:${target.port}` : `${host}:${target.port}`;
}

/** `URL.hostname` keeps the brackets of an IPv6 address, which no resolver takes. */
export function unbracketed(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/** Refuses what no name, address, port or path can be; rejects instead of guessing, because hosts end up in proxy requests. */
export function checkTarget(target: Target): void {
  const wrong = target.path === undefined ? wrongAddress(target) : wrongPath(target.path);
  if (wrong !== undefined) throw networkFailure('protocol-invalid-operation', wrong);
}

const unfitForHosts = /[\p{Cc}\s/\\?#@<>]/u;

function wrongAddress({ host, port }: { host: string; port: number }): string | undefined {
  if (host === '' || unfitForHosts.test(host)) return `not a host: ${JSON.stringify(host)}`;
  if (Number.isInteger(port) && port > 0 && port < 65_536) return undefined;
  return `not a port: ${port} (host ${host})`;
}

function wrongPath(path: string): string | undefined {
  if (path !== '' && !path.includes('\0')) return undefined;
  return `not a path of a unix socket: ${JSON.stringify(path)}`;
}
