export type { AnsweredLogin, FtpSecurity } from './attributes.ts';
export { ftp, ftp as default, type FtpOptions } from './factory.ts';
