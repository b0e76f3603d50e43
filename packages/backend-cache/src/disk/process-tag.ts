import { hash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

import { systemCode } from './disk-failure.ts';

const WORLD_CHARACTERS = 8;

/** Where this process's number means something: the machine, and on Linux the container. */
function world(): string {
  return hash('sha256', `${hostname()} ${processNamespace()}`, 'hex').slice(0, WORLD_CHARACTERS);
}

/** The first part of the name of a file that this process is writing. */
export function processTag(): string {
  return `${world()}-${process.pid}`;
}

/** What a name says of who is writing there: `unknown` where this process cannot tell. */
export function ownerOf(name: string): 'dead' | 'alive' | 'unknown' {
  const [where, number] = name.split('-', 2);
  const id = Number(number);
  if (where !== world() || !Number.isSafeInteger(id) || id <= 0) return 'unknown';
  return isRunning(id) ? 'alive' : 'dead';
}

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch (error) {
    return systemCode(error);
  }
}
