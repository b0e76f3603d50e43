export { file } from './factory.ts';
export type { FileOptions } from './factory.ts';
// oxlint-disable-next-line import/no-default-export -- what makes a module a plugin
export { file as default } from './factory.ts';
