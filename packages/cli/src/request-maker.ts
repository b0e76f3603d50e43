import { readFile } from 'node:fs/promises';

import type { Credentials, RequestOptions } from 'netaccess';

import type { GetArguments } from './arguments.ts';
import { askPassword } from './ask-password.ts';
import { exitCodes } from './exit-code.ts';
import { during } from './failure.ts';
import { fileUpload, formData } from './request-body.ts';
import type { Streams } from './streams.ts';
import type { Observers } from './transfer.ts';

/** What differs from one URL to the next. */
export interface PerRequest extends Observers {
  readonly signal: AbortSignal;
}

/** Makes the options of one request; called once for every URL. */
export type RequestMaker = (own: PerRequest) => Promise<RequestOptions>;

/** Reads what the command line names (files, standard input, a password) once, for all requests. */
export async function requestMaker(args: GetArguments, streams: Streams): Promise<RequestMaker> {
  const common = {
    headers: headersOf(args),
    originAttributes: {
      unixSocket: args.unixSocket,
      credentials: await credentialsOf(args.user, streams),
      tls: await identityOf(args),
    },
    timeouts: { connect: args.connectTimeout, total: args.totalTimeout },
  };
  const data = args.data.length === 0 ? undefined : await formData(args.data, streams.input);
  return async ({ signal, onProgress, onRedirect }) => ({
    ...common,
    body: args.uploadFile === undefined ? data : await fileUpload(args.uploadFile, streams.input),
    attributes: {
      range: args.range,
      redirect: { ...args.redirect, onRedirect },
      ...(args.cache?.offline === true ? { cacheLoadControl: 'always-cache' } : {}),
    },
    onProgress,
    signal,
  });
}

function headersOf({ headers, data }: GetArguments): GetArguments['headers'] {
  const typed = headers.some(([name]) => name.toLowerCase() === 'content-type');
  if (data.length === 0 || typed) return headers;
  return [...headers, ['Content-Type', 'application/x-www-form-urlencoded']];
}

async function credentialsOf(
  text: string | undefined,
  streams: Streams,
): Promise<Credentials | undefined> {
  if (text === undefined) return undefined;
  const colon = text.indexOf(':');
  const user = colon < 0 ? text : text.slice(0, colon);
  const password = colon < 0 ? await askPassword(user, streams) : text.slice(colon + 1);
  return { user, password };
}

async function identityOf({
  certificateFile,
  keyFile = certificateFile,
}: GetArguments): Promise<{ certificate: Uint8Array; key: Uint8Array } | undefined> {
  if (certificateFile === undefined || keyFile === undefined) return undefined;
  return { certificate: await identityFile(certificateFile), key: await identityFile(keyFile) };
}

function identityFile(file: string): Promise<Uint8Array> {
  return readFile(file).catch(during(exitCodes.badCertificate, `cannot read ${file}`));
}
