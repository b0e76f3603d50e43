const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const time = '(\\d\\d):(\\d\\d):(\\d\\d)';
const fixdate = new RegExp(`^[A-Z][a-z]{2}, (\\d\\d) ([A-Z][a-z]{2}) (\\d{4}) ${time} GMT$`, 'i');
const rfc850 = new RegExp(`^[A-Z][a-z]{5,8}, (\\d\\d)-([A-Z][a-z]{2})-(\\d\\d) ${time} GMT$`, 'i');
const asctime = new RegExp(`^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \\d]\\d) ${time} (\\d{4})$`, 'i');

/** Milliseconds since 1970 of one of the three forms of RFC 9110 §5.6.7, whatever the case (RFC 9111 §4.2); `undefined` for everything else. */
export function parseHttpDate(text: string): number | undefined {
  const usual = fixdate.exec(text);
  if (usual !== null) return toTime(usual[3], usual[2], usual[1], usual.slice(4));
  const old = rfc850.exec(text);
  if (old !== null) return toTime(fullYear(old[3]), old[2], old[1], old.slice(4));
  const c = asctime.exec(text);
  return c === null ? undefined : toTime(c[6], c[1], c[2], c.slice(3, 6));
}

/** Two digits that would be more than 50 years ahead are of the last century. */
function fullYear(digits: string | undefined): string {
  const thisYear = new Date().getUTCFullYear();
  const year = Math.floor(thisYear / 100) * 100 + Number(digits);
  return String(year > thisYear + 50 ? year - 100 : year);
}

function toTime(
  year: string | undefined,
  monthName: string | undefined,
  day: string | undefined,
  clock: readonly string[],
): number | undefined {
  const month = months.indexOf(monthName?.toLowerCase() ?? '');
  const [hours = NaN, minutes = NaN, seconds = NaN] = clock.map(Number);
  // A leap second is written as 60.
  if (month < 0 || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  const midnight = new Date(Date.UTC(Number(year), month, Number(day)));
  if (midnight.getUTCMonth() !== month || Number(day) === 0) return undefined;
  return midnight.getTime() + ((hours * 60 + minutes) * 60 + seconds) * 1000;
}
