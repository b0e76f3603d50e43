import { readdirSync, readlinkSync } from 'node:fs';
import process from 'node:process';

/** A fixture's `openHandles` for Node: active resources and, where the system shows them, open files and sockets. */
export function nodeHandles(): readonly string[] {
  const resources = process.getActiveResourcesInfo().filter((name) => !passing.has(name));
  return [...resources, ...openFiles()];
}

/** Timers, immediates and requests are what the runner and the kit itself are made of. */
const passing: ReadonlySet<string> = new Set(['Timeout', 'Immediate', 'TickObject', 'MessagePort']);

function openFiles(): readonly string[] {
  try {
    return readdirSync('/proc/self/fd').map(nameOf);
  } catch {
    return [];
  }
}

/** The number is of no interest, and every socket has one of its own. */
function nameOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`).replace(/:\[\d+\]$/, '');
  } catch {
    return 'closed meanwhile';
  }
}
