import type { ConformanceCase } from './case.ts';
import { claimCases } from './cases/claims.ts';
import { closingCases } from './cases/closing.ts';
import { creatingCases } from './cases/creating.ts';
import { describingCases } from './cases/describing.ts';
import { errorCases } from './cases/errors.ts';
import { failingUploadCases } from './cases/failing-uploads.ts';
import { headCases } from './cases/heads.ts';
import { leavingCases } from './cases/leaving.ts';
import { managedCases } from './cases/managed.ts';
import { rangeCases } from './cases/ranges.ts';
import { readingCases } from './cases/reading.ts';
import { togetherCases } from './cases/together.ts';
import { uploadCases } from './cases/uploads.ts';

/** Every rule of contract 1 that can be tried from outside, in the order of a transfer's life. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...describingCases,
  ...creatingCases,
  ...claimCases,
  ...headCases,
  ...readingCases,
  ...rangeCases,
  ...closingCases,
  ...togetherCases,
  ...errorCases,
  ...uploadCases,
  ...failingUploadCases,
  ...leavingCases,
  ...managedCases,
];
