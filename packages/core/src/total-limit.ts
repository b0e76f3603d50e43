import type { Clock } from './clock.ts';
import type { Body, Reply, Request, Send } from './contract.ts';
import { NetworkError } from './error.ts';

/** Sends with a limit on everything from now to the end of the body; when it is over, the request is aborted with a timeout. */
export async function limitTotal(
  request: Request,
  send: Send,
  limit: { readonly total: number; readonly clock: Clock },
): Promise<Reply> {
  const controller = new AbortController();
  const follow = (): void => controller.abort(request.signal?.reason);
  const cancel = limit.clock.schedule(() => {
    // Whoever never reads the reply never closes it either.
    request.signal?.removeEventListener('abort', follow);
    controller.abort(
      new NetworkError('timeout', `not done within ${limit.total} ms`, { url: request.url }),
    );
  }, limit.total);
  const release = (): void => {
    cancel();
    request.signal?.removeEventListener('abort', follow);
  };
  if (request.signal?.aborted === true) follow();
  request.signal?.addEventListener('abort', follow);
  try {
    const reply = await send({ ...request, signal: controller.signal });
    return reply.with({ body: (source) => releasing(source, release) });
  } catch (error) {
    release();
    throw error;
  }
}

function releasing(source: Body, release: () => void): Body {
  return {
    readPointer: () => source.readPointer(),
    advanceReadPointer: (distance) => source.advanceReadPointer(distance),
    close() {
      release();
      return source.close();
    },
  };
}
