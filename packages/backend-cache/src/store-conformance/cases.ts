import type { StoreCase } from './case.ts';
import { besideCases } from './cases/beside.ts';
import { bodyCases } from './cases/bodies.ts';
import { closingCases } from './cases/closing.ts';
import { damageCases } from './cases/damage.ts';
import { findingCases } from './cases/finding.ts';
import { followingCases } from './cases/following.ts';
import { fresheningCases } from './cases/freshening.ts';
import { headCases } from './cases/heads.ts';
import { keepingCases } from './cases/keeping.ts';
import { limitCases } from './cases/limits.ts';
import { listingCases } from './cases/listing.ts';
import { removingCases } from './cases/removing.ts';
import { reopeningCases } from './cases/reopening.ts';
import { togetherCases } from './cases/together.ts';

/** Every rule of the contract of stores that can be tried from outside, in the order of an entry's life. */
export const storeCases: readonly StoreCase[] = [
  ...findingCases,
  ...headCases,
  ...bodyCases,
  ...followingCases,
  ...fresheningCases,
  ...removingCases,
  ...keepingCases,
  ...listingCases,
  ...limitCases,
  ...togetherCases,
  ...closingCases,
  ...reopeningCases,
  ...besideCases,
  ...damageCases,
];
