/** `node tools/checks/run.ts`: runs every check, says what each refuses, and fails when one that is no warning does. */
import path from 'node:path';

import { checks } from './all.ts';
import type { Check } from './check.ts';

const root = path.resolve(import.meta.dirname, '../..');

async function report(check: Check): Promise<boolean> {
  const found = await check.run(root);
  const verdict = found.length === 0 ? 'ok' : check.warns ? 'warning' : 'FAILED';
  console.log(`${verdict}: ${check.name}`);
  for (const { where, what } of found) console.log(`  ${where}: ${what}`);
  return verdict !== 'FAILED';
}

let failed = 0;
for (const check of checks) {
  if (!(await report(check))) failed += 1;
}
console.log(`checks: ${checks.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
