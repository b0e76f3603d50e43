/** Views at least this long are kept as they are; shorter ones are gathered, or a dribbling peer would cost an object for each byte. */
const GATHERED_BELOW_BYTES = 16_384;
/** A last piece with more room than this is cut to its size. */
const WASTED_BYTES = 512;

type State = 'growing' | 'whole' | 'given-up';

/** Bytes that grow at their end, and can be read from any place meanwhile. */
export class MemoryBody {
  readonly #pieces: Uint8Array[] = [];
  /** How much of the last piece holds bytes. */
  #used = 0;
  #length = 0;
  #state: State = 'growing';
  #waiting: (() => void)[] = [];

  get length(): number {
    return this.#length;
  }
  get state(): State {
    return this.#state;
  }
  get pieces(): number {
    return this.#pieces.length;
  }

  /** What of a piece may be read by now. */
  piece(index: number): Uint8Array | undefined {
    const piece = this.#pieces[index];
    if (piece === undefined || index < this.#pieces.length - 1 || this.#used === piece.length)
      return piece;
    return piece.subarray(0, this.#used);
  }

  /** Copies the view, whose owner may rewrite it. `expected`: how long the whole will be, as far as anybody knows. */
  append(view: Uint8Array, expected: number | undefined): void {
    const rest = this.#fill(view);
    if (rest.length > 0) this.#extend(rest, expected);
    this.#length += view.length;
    this.#wake();
  }

  #fill(view: Uint8Array): Uint8Array {
    const last = this.#pieces.at(-1);
    const room = last === undefined ? 0 : last.length - this.#used;
    if (last === undefined || room === 0) return view;
    const part = view.length <= room ? view : view.subarray(0, room);
    last.set(part, this.#used);
    this.#used += part.length;
    return view.subarray(part.length);
  }

  #extend(view: Uint8Array, expected: number | undefined): void {
    const left = expected === undefined ? GATHERED_BELOW_BYTES : expected - this.#length;
    const wanted = Math.min(left, GATHERED_BELOW_BYTES);
    const piece = view.length >= wanted ? new Uint8Array(view) : new Uint8Array(wanted);
    if (view.length < wanted) piece.set(view);
    this.#pieces.push(piece);
    this.#used = view.length;
  }

  end(): void {
    const last = this.#pieces.pop();
    if (last !== undefined) {
      const roomy = last.length - this.#used > WASTED_BYTES;
      this.#pieces.push(roomy ? last.slice(0, this.#used) : last.subarray(0, this.#used));
    }
    this.#settle('whole');
  }

  giveUp(): void {
    this.#pieces.length = 0;
    this.#settle('given-up');
  }

  #settle(state: State): void {
    this.#state = state;
    this.#wake();
  }

  #wake(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Calls once, when there are more bytes or an end. */
  whenChanged(wake: () => void): void {
    this.#waiting.push(wake);
  }
}
