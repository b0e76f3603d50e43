import {
  blobUpload,
  bytesUpload,
  iterableUpload,
  NetworkError,
  streamUpload,
  type Upload,
} from '@netaccess/core';

import { formDataUpload } from './form-data-upload.ts';

/** What can be sent. Text goes as UTF-8. Streams and iterables are read once; everything else can be sent again. */
export type BodySource =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | FormData
  | URLSearchParams
  | ReadableStream<Uint8Array>
  | Iterable<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Upload;

/** A body, and the type that it has by itself: sent unless the caller states one. */
export interface TypedUpload {
  readonly upload: Upload;
  readonly type?: string | undefined;
}

/** The same types as `fetch` gives. */
export function typedUpload(body: BodySource): TypedUpload {
  if (typeof body === 'string') {
    return { upload: bytesUpload(body), type: 'text/plain;charset=UTF-8' };
  }
  if (typeof body !== 'object' || body === null) throw unfit(body);
  if (isUpload(body)) return { upload: body };
  if (ArrayBuffer.isView(body)) {
    return { upload: bytesUpload(new Uint8Array(body.buffer, body.byteOffset, body.byteLength)) };
  }
  return namedUpload(body) ?? { upload: iterated(body) };
}

/** By name: to mention the platform's classes would load what is behind them, and there may be several of each. */
function namedUpload(body: object): TypedUpload | undefined {
  const name = Object.prototype.toString.call(body).slice(8, -1);
  if (isNamed(body, name, 'URLSearchParams')) {
    const type = 'application/x-www-form-urlencoded;charset=UTF-8';
    return { upload: bytesUpload(body.toString()), type };
  }
  if (isNamed(body, name, 'FormData')) return formDataUpload(body);
  if (isNamed(body, name, 'Blob') || isNamed(body, name, 'File')) {
    return { upload: blobUpload(body), type: body.type === '' ? undefined : body.type };
  }
  if (isNamed(body, name, 'ReadableStream')) return { upload: streamUpload(body) };
  if (isNamed(body, name, 'ArrayBuffer') || isNamed(body, name, 'SharedArrayBuffer')) {
    return { upload: bytesUpload(new Uint8Array(body)) };
  }
  return undefined;
}

interface Named {
  ArrayBuffer: ArrayBuffer;
  Blob: Blob;
  File: Blob;
  FormData: FormData;
  ReadableStream: ReadableStream<Uint8Array>;
  SharedArrayBuffer: ArrayBuffer;
  URLSearchParams: URLSearchParams;
}

function isNamed<Name extends keyof Named>(
  body: object,
  name: string,
  wanted: Name,
): body is Named[Name] {
  return name === wanted;
}

function iterated(body: object): Upload {
  if (isIterable(body)) return iterableUpload(body);
  throw unfit(body);
}

function isIterable(body: object): body is Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  return Symbol.asyncIterator in body || Symbol.iterator in body;
}

function isUpload(body: object): body is Upload {
  return 'resettable' in body && 'open' in body && typeof body.open === 'function';
}

function unfit(body: unknown): NetworkError {
  const kind = body === null ? 'null' : `a ${typeof body}`;
  return new NetworkError('protocol-invalid-operation', `${kind} cannot be sent as a body`);
}
