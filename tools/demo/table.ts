import type { Download } from './downloads.ts';
import type { Fetched } from './fetched.ts';

/** Columns of one table: header, width, and what stands in it. */
interface Column {
  readonly title: string;
  readonly width: number;
  readonly right?: boolean | undefined;
  cell(row: Fetched): string;
}

/** Of a URL: where the other columns leave no more, and where no more is needed. */
const narrowest = 24;
const widest = 50;

function columnsOf(urlWidth: number): readonly Column[] {
  return [
    { title: '', width: 2, cell: ({ fault }) => (fault === undefined ? 'ok' : 'NO') },
    { title: 'URL', width: urlWidth, cell: ({ download }) => shortened(download.url, urlWidth) },
    { title: 'what', width: 19, cell: ({ download }) => download.note },
    { title: 'protocol', width: 16, cell: ({ protocol }) => protocol },
    { title: 'status', width: 6, right: true, cell: ({ status }) => status?.toString() ?? '-' },
    { title: 'bytes', width: 11, right: true, cell: ({ bytes }) => bytes.toLocaleString('en') },
    { title: 'time', width: 8, right: true, cell: ({ milliseconds }) => time(milliseconds) },
    { title: 'rate', width: 8, right: true, cell: (row) => rate(row.bytes, row.milliseconds) },
  ];
}

const gap = '  ';

/** The lines of the table; with colours if wanted. */
export class Table {
  readonly #colours: boolean;
  readonly #urlWidth: number;
  readonly #columns: readonly Column[];

  /** `width` is that of the terminal, where there is one. */
  constructor(colours: boolean, width = Infinity) {
    const others = columnsOf(0).reduce((sum, column) => sum + column.width + gap.length, 0);
    this.#colours = colours;
    this.#urlWidth = Math.max(narrowest, Math.min(widest, width - others));
    this.#columns = columnsOf(this.#urlWidth);
  }

  head(): string {
    const titles = this.#columns.map((column) => padded(column.title, column)).join(gap);
    const rule = this.#columns.map(({ width }) => '-'.repeat(width)).join(gap);
    return `${this.#painted(titles.trimEnd(), 1)}\n${rule}`;
  }

  row(row: Fetched): string {
    const [verdict = '', ...cells] = this.#columns.map((column) =>
      padded(column.cell(row), column),
    );
    const colour = row.fault === undefined ? 32 : 31;
    const line = [this.#painted(verdict, colour), ...cells].join(gap).trimEnd();
    return row.fault === undefined ? line : `${line}\n    ${this.#painted(row.fault, 31)}`;
  }

  /** What stands in a row's place while it is downloaded; only a terminal can take it back. */
  pending({ url, bytes }: Download, soFar: number): string {
    const percent = `${Math.floor((100 * soFar) / bytes)} %`;
    return this.#painted(
      `..  ${shortened(url, this.#urlWidth).padEnd(this.#urlWidth)}  ${percent}`,
      2,
    );
  }

  summary(rows: readonly Fetched[], milliseconds: number): string {
    const faults = rows.filter(({ fault }) => fault !== undefined).length;
    const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
    const amount = `${(bytes / 1e6).toFixed(1)} MB in ${time(milliseconds)}`;
    return faults === 0
      ? this.#painted(
          `All ${rows.length} downloads are byte for byte what was served: ${amount}.`,
          32,
        )
      : this.#painted(`${faults} of ${rows.length} downloads differ from what was served.`, 31);
  }

  #painted(text: string, code: number): string {
    return this.#colours ? `\u001B[${code}m${text}\u001B[0m` : text;
  }
}

function padded(text: string, { width, right }: Column): string {
  return right ? text.padStart(width) : text.padEnd(width);
}

function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, 8)}...${text.slice(11 - length)}`;
}

function time(milliseconds: number): string {
  return milliseconds < 1000
    ? `${milliseconds.toFixed(1)} ms`
    : `${(milliseconds / 1000).toFixed(2)} s`;
}

function rate(bytes: number, milliseconds: number): string {
  const perSecond = bytes / (milliseconds / 1000);
  if (perSecond < 1e6) return `${(perSecond / 1e3).toFixed(0)} kB/s`;
  return `${(perSecond / 1e6).toFixed(perSecond < 1e7 ? 1 : 0)} MB/s`;
}
