#!/usr/bin/env node
import { main } from './main.ts';
import { isBrokenPipe } from './standard-output.ts';

/** What a shell reports for a process that a signal ended. */
const signalCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const interruption = new AbortController();
let interrupted: number | undefined;
for (const [signal, code] of Object.entries(signalCodes)) {
  // The first one lets the command clean up; a second one finds no listener, and ends the process.
  process.once(signal, () => {
    interrupted = code;
    interruption.abort();
    process.stdin.destroy(); // Whoever waits for it waits in vain.
  });
}
// Writes report a closed pipe themselves; without a listener it would end the process first.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (!isBrokenPipe(error)) throw error;
  });
}

const streams = { input: process.stdin, output: process.stdout, errors: process.stderr };
const code = await main(process.argv.slice(2), { streams, signal: interruption.signal });
process.exitCode = interrupted ?? code;
