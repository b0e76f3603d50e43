export { data } from './factory.ts';
// oxlint-disable-next-line import/no-default-export -- what makes a module a plugin
export { data as default } from './factory.ts';
