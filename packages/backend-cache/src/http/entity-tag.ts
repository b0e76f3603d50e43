const tag = /^(?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*"$/;
const listed = /[\t ,]*((?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*")[\t ]*(?=,|$)/gy;

/** Whether it is one (RFC 9110 §8.8.3): what is not would be misread in a list. */
export function isEntityTag(text: string): boolean {
  return tag.test(text);
}

/** Whether equal ones mean equal bytes. */
export function isStrongTag(text: string): boolean {
  return text.startsWith('"') && tag.test(text);
}

/** The tags of an `If-None-Match`, or "*"; what is no tag is left out, as it matches nothing. */
export function parseTags(value: string): readonly string[] | '*' {
  if (value.trim() === '*') return '*';
  const tags: string[] = [];
  listed.lastIndex = 0;
  for (;;) {
    const start = listed.lastIndex;
    const found = listed.exec(value);
    if (found?.[1] !== undefined) {
      tags.push(found[1]);
      continue;
    }
    const comma = value.indexOf(',', start + 1);
    if (comma === -1) return tags;
    listed.lastIndex = comma;
  }
}

/** Weak comparison (RFC 9110 §8.8.3.2): whether both stand for the same, if not byte by byte. */
export function matchWeakly(a: string, b: string): boolean {
  return opaque(a) === opaque(b);
}

function opaque(text: string): string {
  return text.startsWith('W/') ? text.slice(2) : text;
}
