/** Throws what is wrong unless the rule is kept. */
export function check(kept: boolean, wrong: string): asserts kept {
  if (!kept) throw new Error(wrong);
}

/** Throws unless both are the same bytes; says where they part. */
export function checkBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  const common = Math.min(actual.length, expected.length);
  for (let index = 0; index < common; index++) {
    if (actual[index] === expected[index]) continue;
    throw new Error(`${what}: byte ${index} is ${actual[index]} instead of ${expected[index]}`);
  }
  check(
    actual.length === expected.length,
    `${what}: ${actual.length} bytes instead of ${expected.length}`,
  );
}

/** Throws unless both are the same plain value; a member that is `undefined` is as good as none. */
export function checkSame(actual: unknown, expected: unknown, what: string): void {
  const [is, should] = [describe(actual), describe(expected)];
  check(is === should, `${what} is ${shortened(is)} instead of ${shortened(should)}`);
}

/** A plain value as text, with its members in an order of their own. */
function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  if (Array.isArray(value)) return `[${value.map(describe).join()}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}:${describe(member)}`);
  return `{${members.toSorted().join()}}`;
}

/** A text that fits into a message. */
export function shortened(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

/** An error in one line. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : `${String(error)} (not an Error)`;
}
