export * from './contract.ts';
export * from './error.ts';
