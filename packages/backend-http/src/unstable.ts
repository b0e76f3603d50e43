/** Parts that may change in every release: for those who test and measure them by themselves. */
export { Http2Engine, type Http2EngineOptions } from './h2/engine.ts';
export { type Http2Failure } from './h2/http2-failure.ts';
export { type CompleteHttp2Options, type Http2Options } from './h2/http2-options.ts';
export { type ConnectionListener, type PushPromise, type StreamListener } from './h2/listeners.ts';
export { type Http2RequestHead } from './h2/request-head.ts';
export { type Stream as Http2Stream } from './h2/stream.ts';
