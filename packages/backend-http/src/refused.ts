import { networkFailure } from '@netaccess/transport';

/** What a request fails with that could not be sent without being read as something else. */
export function refused(what: string): Error {
  return networkFailure('protocol-invalid-operation', `http refuses ${what}`);
}
