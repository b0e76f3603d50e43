/** Lets the event loop go round, so that I/O that is under way can come in. Waits for no particular time. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
  }
}

/** Lets promises that wait for nothing but each other settle. */
export async function microtasks(): Promise<void> {
  for (let hop = 0; hop < 32; hop++) await Promise.resolve();
}
