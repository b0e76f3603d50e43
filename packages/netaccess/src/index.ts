/** All of core; the two names that mean something larger here are this package's own. */
export * from '@netaccess/core';
export { createManager, NetworkAccessManager } from './manager.ts';
export type {
  ManagerCache,
  ManagerOptions,
  ManagerRedirects,
  ProxyChoice,
} from './manager-options.ts';
export type { HeadersSource, RequestOptions } from './request-options.ts';
export type { BodySource } from './body-source.ts';
export type { ConnectEncryptedOptions } from './connect-to-host.ts';
export type { CopyOptions } from './copy.ts';
export { fetch } from './default-fetch.ts';
export type { Fetch } from './fetch/fetch.ts';
export { memoryStore } from '@netaccess/backend-cache';
export type {
  Cache,
  CacheFacts,
  CacheLoadControl,
  CacheOptions,
  CacheOutcome,
  CacheStore,
  MemoryStoreOptions,
} from '@netaccess/backend-cache';
export type { HttpOptions } from '@netaccess/backend-http';
export type { TlsInspection, TlsInspectionOptions } from './tls-inspection.ts';
export type {
  CertificateSet,
  Connector,
  CertificateError,
  CertificateErrorCode,
  ConnectionFacts,
  IgnoredError,
  InterruptedHandshake,
  OcspFacts,
  PreSharedKey,
  TlsAlert,
  TlsAlertName,
  TlsFacts,
  TlsOptions,
} from '@netaccess/transport';
