import { readdirSync, statSync } from 'node:fs';

import type { BenchCase } from './case.ts';

const MOST_BYTES = 60_000;

/** The JavaScript that is published of core. */
export const coreSize: BenchCase = {
  name: 'core-size',
  async run(stage) {
    const bytes = publishedBytes(new URL('node_modules/@netaccess/core/dist/', stage.built));
    return {
      tables: [],
      verdicts: [
        {
          measure: 'JavaScript of `@netaccess/core`, as published',
          target: `≤ ${MOST_BYTES / 1_000} kB`,
          measured: `${(bytes / 1_000).toFixed(1)} kB`,
          met: bytes <= MOST_BYTES,
        },
      ],
    };
  },
};

function publishedBytes(folder: URL): number {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.js'))
    .reduce((sum, name) => sum + statSync(new URL(name, folder)).size, 0);
}
