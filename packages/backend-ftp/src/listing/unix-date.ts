import { fullYear, latestYear, monthNumber, wallTime } from './listing-date.ts';

/** "May 15 18:11", "15 May 2007", "2007-05-15 18:11", "5月 15日 2007年", "05-15-07 06:11PM": what `LIST` says of time. */
export function unixDate(text: string, now: Date): string | undefined {
  return numeric(text) ?? dos(text) ?? named(text, now);
}

function numeric(text: string): string | undefined {
  const parts = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:\s+(\d{1,2}):(\d\d))?/.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0'] = parts.map(String);
  return timeOf([
    year,
    month,
    day,
    hour === 'undefined' ? '0' : hour,
    minute === 'undefined' ? '0' : minute,
  ]);
}

/** Month first, and a clock of twelve hours or of twenty-four. */
function dos(text: string): string | undefined {
  const parts = /^(\d{1,2})[-/](\d{1,2})[-/](\d{2,4})\s+(\d{1,2}):(\d\d)\s*([AP])?M?$/i.exec(text);
  if (parts === null) return undefined;
  const [, month, day, year, hour, minute, half] = parts;
  const twelve = Number(hour) % 12;
  const hours = half === undefined ? Number(hour) : twelve + (half.toUpperCase() === 'P' ? 12 : 0);
  return timeOf([String(fullYear(Number(year))), month, day, String(hours), minute]);
}

function named(text: string, now: Date): string | undefined {
  const [first = '', second = '', last = ''] = text.replaceAll(/[月日年]/gu, '').split(/\s+/);
  const dayFirst = /^\d/.test(first) && !/^\d/.test(second);
  const word = dayFirst ? second : first;
  const day = Number(dayFirst ? first : second);
  const month = /^\d+$/.test(word) ? Number(word) : monthNumber(word);
  if (month === undefined || !Number.isInteger(day)) return undefined;
  const [, hour, minute] = /^(\d{1,2}):(\d\d)$/.exec(last) ?? [];
  if (hour === undefined || minute === undefined) {
    return /^\d{4}$/.test(last) ? wallTime({ year: Number(last), month, day }) : undefined;
  }
  const year = latestYear(month, day, last, now);
  return wallTime({ year, month, day, hour: Number(hour), minute: Number(minute) });
}

function timeOf(parts: readonly (string | undefined)[]): string | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = parts.map(Number);
  return wallTime({ year, month, day, hour, minute });
}
