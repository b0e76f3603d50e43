import type { Findings, Row, Table, Verdict } from './cases/case.ts';
import type { Machine } from './machine.ts';

/** All that was found out, as the document that is kept. */
export function report({ tables, verdicts }: Findings, machine: Machine): string {
  return [
    '# Performance',
    'Written by `./run bench`; do not edit. Every figure is a median of rounds in which the contenders took turns, each in a process of its own, against a server in another process on the same machine. **Quote the ratios**: absolute figures mean little elsewhere, and on a machine that does other things, too, even the ratios move.',
    machineList(machine),
    '## Promised and measured',
    verdictTable(verdicts),
    ...tables.flatMap((table) => [
      `## ${table.title[0]?.toUpperCase() ?? ''}${table.title.slice(1)}`,
      figureTable(table),
    ]),
    `${notes}\n`,
  ].join('\n\n');
}

/** The same for a terminal, while it is found out. */
export function summary({ tables, verdicts }: Findings): string {
  return [
    ...tables.flatMap((table) => [table.title, figureTable(table)]),
    ...(verdicts.length > 0 ? [verdictTable(verdicts)] : []),
    '',
  ].join('\n\n');
}

const notes = `## How it is measured

- Packages are built as they would be published; nothing is run from TypeScript.
- "Peak" is the largest resident set of the contender's process, including Node itself and what loading it took.
- The server speaks just enough HTTP to answer, so that it limits contenders as little as possible. Both share the processors: a contender that leaves more of them to the server has a faster server.
- Downloads to a sink read the body the fastest way that a contender documents: \`views()\` here, async iteration elsewhere. Uploads have a declared length and send one piece of memory again and again.
- The platform's \`fetch\` cannot be told whom to trust, so it does not take part over https.`;

function machineList(machine: Machine): string {
  return [
    `- Date: ${machine.date}`,
    `- Machine: ${machine.processors}, ${machine.memory}, ${machine.system}`,
    `- Node ${machine.node}; ${machine.peers}`,
    `- Load when it began: ${machine.load}, which ought to be near 0`,
  ].join('\n');
}

function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ measure, target, measured, met }) => [
    measure,
    target,
    measured,
    met ? 'yes' : '**no**',
  ]);
  return markdownTable(['Measure', 'Target', 'Measured', 'Met'], rows);
}

function figureTable({ rows, unit, cpuUnit = 'CPU' }: Table): string {
  const columns: readonly [string, (row: Row) => string | undefined][] = [
    ['Contender', ({ contender }) => contender],
    [unit, ({ value }) => figure(value)],
    ['Ratio', ({ ratio }) => ratio?.toFixed(2)],
    [cpuUnit, ({ cpu }) => (cpu === undefined ? undefined : figure(cpu))],
    [
      'Peak MB',
      ({ peakBytes }) => (peakBytes === undefined ? undefined : (peakBytes / 1e6).toFixed(0)),
    ],
  ];
  const shown = columns.filter(([, give]) => rows.some((row) => give(row) !== undefined));
  return markdownTable(
    shown.map(([name]) => name),
    rows.map((row) => shown.map(([, give]) => give(row) ?? '')),
  );
}

function figure(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(value >= 10 ? 1 : 2);
}

function markdownTable(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = names.map((name, column) =>
    Math.max(3, name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(names), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join(
    '\n',
  );
}
