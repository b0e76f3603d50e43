export type { AnsweredLogin, FtpSecurity } from './attributes.ts';
export { ftp, type FtpOptions } from './factory.ts';
// oxlint-disable-next-line import/no-default-export -- what makes a module a plugin
export { ftp as default } from './factory.ts';
