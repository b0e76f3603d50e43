import type { Request } from '@netaccess/core';

import { conformanceCase } from './case.ts';
import type { CaseDefinition, ConformanceCase } from './case.ts';
import { serves } from './fixture.ts';
import type { Writable } from './fixture.ts';
import { LendingUpload } from './lending-upload.ts';
import type { LendingUploadOptions } from './lending-upload.ts';
import { check, checkBytes } from './rule.ts';
import { requestFor } from './trial.ts';
import type { Trial } from './trial.ts';

/** Bytes that a peer may answer to a put. */
const maximumAnswer = 65_536;

/** A case for backends that can put: it is given where to. */
export function uploadCase(
  definition: Omit<CaseDefinition, 'run'> & {
    readonly run: (trial: Trial, writable: Writable) => Promise<void>;
  },
): ConformanceCase {
  const { run, applies, ...rest } = definition;
  return conformanceCase({
    ...rest,
    applies: (fixture) =>
      fixture.writable !== undefined && serves(fixture, 'put') && applies?.(fixture) !== false,
    async run(trial) {
      const { writable } = trial.fixture;
      check(writable !== undefined, 'the fixture has no writable');
      await run(trial, writable);
    },
  });
}

/** A put as core hands it over. */
export function putRequest(url: URL, upload: LendingUpload): Request {
  return requestFor(url, { operation: 'put', upload });
}

/** Puts, and reads what the peer answers. */
export async function put(trial: Trial, url: URL, upload: LendingUpload): Promise<void> {
  await trial.bytesOf(putRequest(url, upload), maximumAnswer);
}

/** Puts bytes at a new place and checks that they are stored there. */
export async function checkStores(
  trial: Trial,
  writable: Writable,
  bytes: Uint8Array,
  options: LendingUploadOptions,
): Promise<void> {
  const url = await writable.target();
  await put(trial, url, new LendingUpload(bytes, options));
  await checkStored(writable, url, bytes);
}

/** Throws unless these bytes are what is stored. */
export async function checkStored(writable: Writable, url: URL, bytes: Uint8Array): Promise<void> {
  const stored = await writable.stored(url);
  check(stored !== undefined, `nothing is stored at ${url.href}`);
  checkBytes(stored, bytes, 'what is stored');
}

/** The start of what is largest; several views long. */
export function bigBytes(trial: Trial): Uint8Array {
  const { existing, large } = trial.fixture.served;
  return (large ?? existing).bytes.subarray(0, 4_000);
}

/** An upload that fails after two of its four views. */
export function failingUpload(bytes: Uint8Array, failure: Error): LendingUpload {
  return new LendingUpload(bytes, {
    viewBytes: Math.ceil(bytes.length / 4),
    beforeView(lent) {
      if (lent === 2) throw failure;
    },
  });
}

/** An upload whose second view never comes; `reached` resolves when it is asked for. */
export function stalledUpload(
  bytes: Uint8Array,
  options: LendingUploadOptions = {},
): {
  readonly upload: LendingUpload;
  readonly reached: Promise<void>;
} {
  let reach: (() => void) | undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const upload = new LendingUpload(bytes, {
    ...options,
    viewBytes: Math.ceil(bytes.length / 4),
    async beforeView(lent) {
      if (lent === 0) return;
      reach?.();
      await new Promise<void>(() => {});
    },
  });
  return { upload, reached };
}
