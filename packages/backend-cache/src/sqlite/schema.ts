/** "netaccess cache", in the four bytes that SQLite keeps for whoever made a file. */
export const applicationId = 0x6e_61_63_31;
/** Counts the changes of what follows. */
export const schemaVersion = 1;

/**
 * A body is its pieces; its entry says what it is. A body without an entry is `loose`: it is being written, or was removed while
 * somebody reads it. It goes once no pin of its is valid any more; a process that dies leaves pins that end by themselves.
 */
export const schema: string = `
CREATE TABLE entries (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  body INTEGER NOT NULL UNIQUE,
  key TEXT NOT NULL,
  head TEXT NOT NULL,
  checksum INTEGER NOT NULL,
  length INTEGER NOT NULL,
  size INTEGER NOT NULL,
  used INTEGER NOT NULL,
  useless INTEGER
) STRICT;
CREATE INDEX entries_by_key ON entries (key, sequence);
CREATE INDEX entries_by_use ON entries (used);
CREATE INDEX entries_by_end ON entries (useless) WHERE useless IS NOT NULL;
CREATE TABLE pieces (
  body INTEGER NOT NULL,
  number INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE (body, number)
) STRICT;
CREATE TABLE loose (body INTEGER PRIMARY KEY) STRICT;
CREATE TABLE pins (
  body INTEGER NOT NULL,
  owner TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (body, owner)
) STRICT, WITHOUT ROWID;
CREATE TABLE totals (entries INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
INSERT INTO totals VALUES (0, 0);
CREATE TRIGGER entry_added AFTER INSERT ON entries BEGIN
  UPDATE totals SET entries = entries + 1, bytes = bytes + new.size;
END;
CREATE TRIGGER entry_removed AFTER DELETE ON entries BEGIN
  UPDATE totals SET entries = entries - 1, bytes = bytes - old.size;
END;
CREATE TRIGGER entry_resized AFTER UPDATE OF size ON entries BEGIN
  UPDATE totals SET bytes = bytes + new.size - old.size;
END;
PRAGMA application_id = ${applicationId};
PRAGMA user_version = ${schemaVersion};
`;
