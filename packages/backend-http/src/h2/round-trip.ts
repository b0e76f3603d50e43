/** A path's delay is asked for again after so long, while large bodies arrive. */
export const SAMPLE_MILLISECONDS = 5000;

/** How long a frame and its acknowledgement take at least. */
export class RoundTrip {
  /** The shortest that was measured; 0: none was. */
  milliseconds = 0;
  #sampledAt = Number.NEGATIVE_INFINITY;

  /** It is worth asking again. */
  isDue(now: number): boolean {
    return now - this.#sampledAt >= SAMPLE_MILLISECONDS;
  }

  sample(milliseconds: number, now: number): void {
    this.#sampledAt = now;
    const least = Math.max(milliseconds, Number.MIN_VALUE);
    this.milliseconds = this.milliseconds === 0 ? least : Math.min(this.milliseconds, least);
  }
}
