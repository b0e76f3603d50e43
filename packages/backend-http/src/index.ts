export type { Priority, PromisedReply } from './attributes.ts';
export { decodeContent, type DecodeContentOptions } from './decode-content.ts';
// oxlint-disable-next-line import/no-default-export -- what makes a module a plugin
export { http as default, http, type HttpOptions } from './factory.ts';
export type { Http2PoolOptions } from './pool.ts';
