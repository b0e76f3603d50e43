import type { CacheOptions, CacheStore } from '@netaccess/backend-cache';
import type { HttpOptions } from '@netaccess/backend-http';
import type {
  AskForCredentials,
  BackendFactory,
  LazyPlugin,
  PluginLoader,
  Policy,
  RedirectPolicy,
  Timeouts,
} from '@netaccess/core';
import type { Connector, TlsOptions } from '@netaccess/transport';
import type { TcpConnectorOptions } from '@netaccess/transport/node';

/** "none"; "environment": what curl would take from the environment's variables; a proxy's URL; or candidates, best first, of which `direct:` is none. */
export type ProxyChoice = string | URL | ((url: URL) => readonly URL[]);

/** How redirects are followed, where a request does not say. */
export interface ManagerRedirects {
  /** "no-less-safe" by default. */
  readonly policy?: RedirectPolicy | undefined;
  /** 50 by default. */
  readonly maximum?: number | undefined;
  /** Pairs of schemes, from and to, between which redirects may lead; by default `http` and `https`, both ways. */
  readonly schemeChanges?: readonly (readonly [from: string, to: string])[] | undefined;
}

/** Where replies are kept, and how. */
export interface ManagerCache extends CacheOptions {
  readonly store: CacheStore;
}

/** What a manager is to be like. Everything has a default. */
export interface ManagerOptions {
  /** For every secured channel; a request's `originAttributes.tls` goes over it. */
  readonly tls?: TlsOptions | undefined;
  /** "none" by default, as in Qt and in Node: whoever sets the environment need not be whom the program trusts. */
  readonly proxy?: ProxyChoice | undefined;
  /** Asked when a peer or a proxy wants credentials that nothing else gives. */
  readonly credentials?: AskForCredentials | undefined;
  readonly redirect?: ManagerRedirects | RedirectPolicy | undefined;
  /** None by default. The store stays open when the manager closes: others may use it too. */
  readonly cache?: CacheStore | ManagerCache | undefined;
  readonly timeouts?: Timeouts | undefined;
  /** By scheme, loaded when it is first asked for; instead of the preset's where that has the scheme. */
  readonly plugins?: Readonly<Record<string, PluginLoader | LazyPlugin>> | undefined;
  /** Asked before all plugins, in this order. */
  readonly backends?: readonly BackendFactory[] | undefined;
  /** Outermost first; on every hop, with the answers to challenges in it, and around the decoding of bodies. */
  readonly policies?: readonly Policy[] | undefined;
  /** Opens every channel; or how the default, TCP and unix sockets, does it: with another name look-up, say. */
  readonly connector?: Connector | TcpConnectorOptions | undefined;
  readonly http?: HttpOptions | undefined;
}
