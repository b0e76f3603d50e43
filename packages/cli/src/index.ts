export { exitCodes } from './exit-code.ts';
export type { CommandContext } from './get.ts';
export { main } from './main.ts';
export type { MaybeTerminal, Streams } from './streams.ts';
