import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Real servers and spawned commands share two cores with the other tests.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['{packages,examples,tools}/*/test/**/*.test.ts'],
          benchmark: { include: ['packages/*/bench/**/*.bench.ts'] },
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 80 },
    },
  },
});
