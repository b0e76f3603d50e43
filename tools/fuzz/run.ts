/**
 * `./run fuzz TARGET [--seconds N] [--seed S]`: feeds mutated input to a target until something breaks or the time is over. Every
 * input comes from a seed; `--seed S --seconds 0` tries just that one again.
 */
import { parseArgs } from 'node:util';

import { h1 } from './h1.ts';
import { h2 } from './h2.ts';
import { trySeed } from './search.ts';
import { tls } from './tls.ts';

const targets = [h1, h2, tls];
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '10' }, seed: { type: 'string' } },
});
const target = targets.find(({ name }) => name === positionals[0]);
if (target === undefined) {
  console.error(`Targets: ${targets.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const first = Number(values.seed ?? Date.now() % 2 ** 32);
const end = performance.now() + Number(values.seconds) * 1000;
let tried = 0;
do {
  const found = await trySeed(target, first + tried);
  tried += 1;
  if (found !== undefined) {
    console.error(`Seed ${found.seed}: ${found.what}`);
    console.error(JSON.stringify(found.input.toString('latin1')));
    process.exitCode = 1;
    break;
  }
} while (performance.now() < end);
console.log(
  `${target.name}: ${tried} inputs from seed ${first}, ${process.exitCode === 1 ? 'one finding' : 'no finding'}`,
);
