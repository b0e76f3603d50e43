/** Whether something has to be waited for: what is there already costs no turn. */
export function isPromise<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  if (value instanceof Promise) return true;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  return 'then' in value && typeof value.then === 'function';
}
