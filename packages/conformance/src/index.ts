export type { ConformanceCase } from './case.ts';
export { conformanceCases } from './cases.ts';
export type { Content, Failing, Fixture, LentProxy, Served, Writable } from './fixture.ts';
export { poisonViews } from './poisoning-source.ts';
export { LendingUpload } from './lending-upload.ts';
export type { LendingUploadOptions } from './lending-upload.ts';
