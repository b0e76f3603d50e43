export { certificates, issue, loopbackNames } from './certificates.ts';
export type { Issue, Issued, TestCertificates, TestIdentity } from './certificates.ts';
