import type { Policy, Send } from './contract.ts';

/** One `Send` out of many: the first policy is the outermost, and sees a request first and its reply last. */
export function compose(policies: readonly Policy[], send: Send): Send {
  return policies.reduceRight<Send>((next, policy) => (request) => policy(request, next), send);
}
