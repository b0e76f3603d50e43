import { readFile } from 'node:fs/promises';

import {
  createManager,
  type Credentials,
  type ManagerOptions,
  type NetworkAccessManager,
  type Request,
  type TlsOptions,
  type Upload,
} from 'netaccess';

import { readGetArguments, type GetArguments } from './arguments.ts';
import { askPassword } from './ask-password.ts';
import { exitCodes } from './exit-code.ts';
import { Failure, messageOf, unreadable, during } from './failure.ts';
import type { ParsedOptions } from './options.ts';
import { proxyUrl } from './proxy-url.ts';
import { fileUpload, formData } from './request-body.ts';
import { ReaderGone } from './standard-output.ts';
import type { Streams } from './streams.ts';
import { Transfer, type Observers } from './transfer.ts';

export async function get(
  parsed: ParsedOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<number> {}
