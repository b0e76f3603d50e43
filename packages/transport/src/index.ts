export type * from './contract.ts';
export * from './network-failure.ts';
