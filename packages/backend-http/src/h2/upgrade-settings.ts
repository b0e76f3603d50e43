import { Buffer } from 'node:buffer';

import { completeHttp2Options, type Http2Options } from './http2-options.ts';
import { ownSettings } from './settings.ts';

/** The value of the HTTP2-Settings field of a request that asks for HTTP/2 in HTTP/1.1 (RFC 7540 §3.2.1). */
export function http2SettingsField(options?: Http2Options): string {
  return Buffer.from(ownSettings(completeHttp2Options(options))).toString('base64url');
}
