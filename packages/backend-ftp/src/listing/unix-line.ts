/** NetPresenz shows a folder's number of entries by a word, where others have owner and group. */
const folderLine = /^(d\S{9})\s+folder\s+(\d+)\s/;
/** A group and a size that are so long that no space is left between them: how long the file is cannot be told. */
const joinedLine = /^([b-ps-]\S{9}\s+\d+\s+\S+\s+\S*[^\s\d])\d{6,}(\s+\S{3}\s+\d{1,2}\s)/;
/** A year that is flush left has its spare column behind it. */
const leftYear = /^([b-ps-]\S{9}\s.*\s\S{3}\s+\d{1,2} \d{4}) (?= \S)/;

/** A line of a listing as most servers would have written it. */
export function repairUnixLine(line: string): string {
  return line
    .replace(folderLine, '$1 1 folder folder $2 ')
    .replace(joinedLine, '$1 0$2')
    .replace(leftYear, '$1');
}
