/** A list that grows, and that can be waited for. */
export class Arrivals<T> {
  readonly list: T[] = [];
  private waiting: (() => void)[] = [];

  add(item: T): void {
    this.list.push(item);
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** Settles when item `index`, from 0, has arrived. */
  async at(index: number): Promise<T> {
    for (;;) {
      const item = this.list[index];
      if (item !== undefined) return item;
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    }
  }
}
