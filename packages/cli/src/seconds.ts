import { UsageError, type ParsedOptions } from './options.ts';

/** An option in seconds, as milliseconds. */
export function seconds(parsed: ParsedOptions, name: string): number | undefined {
  const text = parsed.last(name);
  if (text === undefined) return undefined;
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Math.round(Number(text) * 1000) : Number.NaN;
  if (!(value > 0)) throw new UsageError(`--${name}: "${text}" is no number of seconds`);
  return value;
}
