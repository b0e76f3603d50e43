export type { StoreCase } from './case.ts';
export { storeCases } from './cases.ts';
export type { StoreFixture, StoreLimits } from './fixture.ts';
