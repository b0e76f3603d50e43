/** How something ended. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: unknown };

/** Starts something and waits for its end. Throws only when that takes too long, and says what did not settle. */
export async function outcomeOf<T>(
  what: string,
  limitMilliseconds: number,
  start: () => T | PromiseLike<T>,
): Promise<Outcome<T>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} did not settle within ${limitMilliseconds} ms`));
    }, limitMilliseconds);
  });
  try {
    return await Promise.race([settled(start), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function settled<T>(start: () => T | PromiseLike<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await start() };
  } catch (error) {
    return { ok: false, error };
  }
}

/** Lets the event loop go round, so that I/O that is under way can come in. Waits for no particular time. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
  }
}
