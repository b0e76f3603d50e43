import { startChild, type Child } from '../child.ts';
import type { Round } from '../contender.ts';
import type { ServerFacts } from '../server.ts';

/** How much is done for one run of the bench. */
export interface Effort {
  readonly rounds: number;
  /** How long small requests are sent in one round. */
  readonly milliseconds: number;
  /** The size of what is large. */
  readonly bytes: number;
  /** How many processes are started to time an import. */
  readonly imports: number;
  /** How many slow requests there are at once. */
  readonly held: number;
}

/** What a case may use. */
export interface Stage {
  readonly effort: Effort;
  readonly server: Child;
  readonly facts: ServerFacts;
  /** A folder for large files. */
  readonly folder: string;
  /** Where the built packages and contenders are. */
  readonly built: URL;
  say(progress: string): void;
}

/** What one contender did in one table. */
export interface Row {
  readonly contender: string;
  readonly value: number;
  /** Against the reference of the table, the larger the better; absent where nothing is compared. */
  readonly ratio?: number | undefined;
  /** CPU time of the process, in the table's unit for that. */
  readonly cpu?: number | undefined;
  /** Peak of the process. */
  readonly peakBytes?: number | undefined;
}

/** One measurement of all contenders. */
export interface Table {
  readonly title: string;
  readonly unit: string;
  readonly cpuUnit?: string | undefined;
  readonly rows: readonly Row[];
}

/** One line of what was promised. */
export interface Verdict {
  readonly measure: string;
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
}

/** What a case found out. */
export interface Findings {
  readonly tables: readonly Table[];
  readonly verdicts: readonly Verdict[];
}

/** One subject of the bench, chosen by its name. */
export interface BenchCase {
  readonly name: string;
  run(stage: Stage): Promise<Findings>;
}

/** Starts a contender in a process of its own. */
export async function startContender(stage: Stage, name: string, connections = 1): Promise<Child> {
  const child = startChild(new URL(`contenders/${name}.js`, stage.built), []);
  await child.call('prepare', { connections, ca: stage.facts.ca });
  return child;
}

/** The middle one; of two, the smaller. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
}

/** What is measured of one contender, again and again. */
export interface Contest {
  readonly unit: string;
  readonly title: string;
  readonly contenders: readonly Entry[];
  /** Whom the others are compared with. */
  readonly reference: string;
  /** What a round is worth, the larger the better. */
  readonly worth: (round: Round) => number;
  readonly cpuUnit: string;
  readonly cpu: (round: Round) => number;
}

export interface Entry {
  readonly contender: string;
  /** Shown instead of the contender's name. */
  readonly label?: string | undefined;
  readonly connections?: number | undefined;
  readonly call: string;
  readonly argument: unknown;
  /** After each round, outside of what is timed. */
  readonly tidy?: (() => void) | undefined;
}

/** Runs all contenders in turns, each in its own process, and compares their medians. */
export async function contest(
  stage: Stage,
  { title, unit, contenders, reference, worth, cpuUnit, cpu }: Contest,
): Promise<Table> {
  const running = await Promise.all(
    contenders.map(async (entry) => ({
      entry,
      child: await startContender(stage, entry.contender, entry.connections),
      rounds: [] as Round[],
    })),
  );
  try {
    for (let round = -1; round < stage.effort.rounds; round++) {
      stage.say(
        `${title}: ${round === -1 ? 'warming up' : `round ${round + 1} of ${stage.effort.rounds}`}`,
      );
      for (const { entry, child, rounds } of running) {
        const done = await child.call<Round>(entry.call, entry.argument);
        entry.tidy?.();
        // The first one warms up.
        if (round >= 0) rounds.push(done);
      }
    }
    const rows = await Promise.all(
      running.map(async ({ entry, child, rounds }) => ({
        contender: entry.label ?? entry.contender,
        value: median(rounds.map(worth)),
        cpu: median(rounds.map(cpu)),
        peakBytes: await child.call<number>('peak'),
      })),
    );
    return { title, unit, cpuUnit, rows: compared(rows, reference) };
  } finally {
    await Promise.all(running.map(({ child }) => child.stop()));
  }
}

function compared(rows: readonly Row[], reference: string): readonly Row[] {
  const base = rows.find(({ contender }) => contender === reference)?.value;
  return rows.map((row) => ({ ...row, ratio: base === undefined ? undefined : row.value / base }));
}

/** A ratio that was promised. */
export function ratioVerdict(
  table: Table,
  contender: string,
  promise: { measure: string; atLeast: number },
): Verdict {
  const ratio = rowOf(table, contender).ratio ?? Number.NaN;
  return {
    measure: promise.measure,
    target: `≥ ${promise.atLeast}`,
    measured: ratio.toFixed(2),
    met: ratio >= promise.atLeast,
  };
}

/** A peak of memory that was promised. */
export function peakVerdict(
  table: Table,
  contender: string,
  promise: { measure: string; atMostMegabytes: number },
): Verdict {
  const megabytes = (rowOf(table, contender).peakBytes ?? Number.NaN) / 1e6;
  return {
    measure: promise.measure,
    target: `≤ ${promise.atMostMegabytes} MB`,
    measured: `${megabytes.toFixed(0)} MB`,
    met: megabytes <= promise.atMostMegabytes,
  };
}

export function rowOf(table: Table, contender: string): Row {
  const row = table.rows.find((each) => each.contender === contender);
  if (row === undefined) throw new Error(`${table.title}: ${contender} was not measured`);
  return row;
}
