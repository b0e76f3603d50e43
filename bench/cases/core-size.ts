import { fileURLToPath } from 'node:url';

import { rolldown } from 'rolldown';

import type { BenchCase } from './case.ts';

const MOST_BYTES = 60_000;

/** All that core exports in one module as a bundler writes it: names kept, without comments and white space. */
export const coreSize: BenchCase = {
  name: 'core-size',
  async run(stage) {
    const bytes = await bundledBytes(
      new URL('node_modules/@netaccess/core/dist/index.js', stage.built),
    );
    return {
      tables: [],
      verdicts: [
        {
          measure: 'JavaScript of `@netaccess/core`, bundled, names kept',
          target: `≤ ${MOST_BYTES / 1_000} kB`,
          measured: `${(bytes / 1_000).toFixed(1)} kB`,
          met: bytes <= MOST_BYTES,
        },
      ],
    };
  },
};

async function bundledBytes(entry: URL): Promise<number> {
  const bundle = await rolldown({ input: fileURLToPath(entry), logLevel: 'silent' });
  try {
    const minify = { compress: false, mangle: false, codegen: { removeWhitespace: true } };
    const { output } = await bundle.generate({ minify });
    return output.reduce(
      (sum, part) => sum + ('code' in part ? Buffer.byteLength(part.code) : 0),
      0,
    );
  } finally {
    await bundle.close();
  }
}
