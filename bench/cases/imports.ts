import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { median, type BenchCase, type Stage, type Verdict } from './case.ts';

const subjects = [
  { name: 'an empty Node', source: '' },
  { name: '@netaccess/core', source: "import '@netaccess/core';", atMost: 3 },
  { name: 'netaccess', source: "import 'netaccess';", atMost: 18 },
  { name: 'undici', source: "import 'undici';" },
  { name: 'got', source: "import 'got';" },
];

/** How long a process takes that only imports, in processes that are started in turns. */
export const imports: BenchCase = {
  name: 'import',
  async run(stage) {
    const modules = subjects.map((subject) => ({
      ...subject,
      path: moduleOf(stage, subject.name, subject.source),
      times: [] as number[],
    }));
    for (let round = -1; round < stage.effort.imports; round++) {
      if (round % 10 === 0) stage.say(`import: ${round} of ${stage.effort.imports}`);
      for (const { path, times } of modules) {
        const milliseconds = timeOf(path);
        if (round >= 0) times.push(milliseconds);
      }
    }
    const empty = median(modules[0]?.times ?? []);
    const rows = modules.map(({ name, times }) => ({
      contender: name,
      value: median(times) - empty,
    }));
    return {
      tables: [
        {
          title: `cold import, over an empty Node (which takes ${empty.toFixed(1)} ms)`,
          unit: 'ms',
          rows,
        },
      ],
      verdicts: subjects.flatMap(({ name, atMost }): readonly Verdict[] => {
        if (atMost === undefined) return [];
        const value = rows.find(({ contender }) => contender === name)?.value ?? Number.NaN;
        const measured = `${value.toFixed(1)} ms`;
        return [
          {
            measure: `cold import of \`${name}\``,
            target: `≤ ${atMost} ms`,
            measured,
            met: value <= atMost,
          },
        ];
      }),
    };
  },
};

function moduleOf(stage: Stage, name: string, source: string): string {
  const path = fileURLToPath(new URL(`import-${name.replaceAll(/\W/g, '-')}.js`, stage.built));
  writeFileSync(path, source);
  return path;
}

function timeOf(path: string): number {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, [path], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`importing ${path} failed`);
  return performance.now() - started;
}
