export {
  certificates,
  issue,
  loopbackNames,
  type Issue,
  type Issued,
  type TestCertificates,
  type TestIdentity,
} from './certificates.ts';
export type { FtpData } from './ftp-data.ts';
export {
  ftpServer,
  type FtpDataScript,
  type FtpScript,
  type FtpServer,
  type FtpServerOptions,
} from './ftp-server.ts';
export type { FtpSession } from './ftp-session.ts';
export {
  httpServer,
  type HttpServer,
  type HttpServerOptions,
  type SeenRequest,
} from './http-server.ts';
export { type ListenOptions, type LoopbackServer, listenOnLoopback } from './loopback-server.ts';
export { patternBytes, patternChunks, patternHash, patternText } from './pattern.ts';
export type { PassedTarget, ProxyTraffic } from './proxy-book.ts';
export { proxyServer, type ProxyServer, type ProxyServerOptions } from './proxy-server.ts';
export type { Echo } from './ready-routes.ts';
export { revocationList } from './revocation-list.ts';
export { numberAt, sendChunks, type Exchange, type Route } from './route.ts';
export type { Bytes, ScriptedPeer } from './scripted-peer.ts';
export {
  scriptedServer,
  type Script,
  type ScriptedServer,
  type ScriptedServerOptions,
} from './scripted-server.ts';
export {
  dribble,
  end,
  expectBytes,
  receive,
  receiveEnd,
  receiveUntil,
  repeat,
  reset,
  send,
  stall,
  stopReadingUntil,
  type Step,
  waitFor,
} from './steps.ts';
