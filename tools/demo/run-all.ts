import type { Download } from './downloads.ts';
import { fetched, type Fetched, type Fetching } from './fetched.ts';
import { Table } from './table.ts';

/** Milliseconds between two looks at a download that goes on. */
const lookInterval = 100;
const clearLine = '\r\u001B[K';

/** Where the table is written. */
export interface Output {
  write(text: string): void;
  /** A line can be written anew. */
  readonly terminal: boolean;
  readonly colours: boolean;
  /** Characters in a line, where that is known. */
  readonly width?: number | undefined;
}

/** Downloads one after the other and writes the table; true if all of it is right. Stops early when it is aborted. */
export async function runAll(
  all: readonly Download[],
  fetching: Fetching,
  output: Output,
): Promise<boolean> {
  const table = new Table(output.colours, output.width);
  const start = performance.now();
  const rows: Fetched[] = [];
  output.write(`${table.head()}\n`);
  for (const download of all) {
    if (fetching.signal?.aborted) return false;
    const onBytes = output.terminal ? watching(download, table, output) : undefined;
    const row = await fetched(download, { ...fetching, onBytes });
    rows.push(row);
    output.write(`${output.terminal ? clearLine : ''}${table.row(row)}\n`);
  }
  output.write(`\n${table.summary(rows, performance.now() - start)}\n`);
  return rows.every(({ fault }) => fault === undefined);
}

function watching(download: Download, table: Table, output: Output): (bytes: number) => void {
  let last = performance.now();
  return (bytes) => {
    const now = performance.now();
    if (now - last < lookInterval) return;
    last = now;
    output.write(clearLine + table.pending(download, bytes));
  };
}
