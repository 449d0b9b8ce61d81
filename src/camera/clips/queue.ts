/** Items on their way to somebody who may be slow. */
export class Queue<Item> {
  private readonly items: { readonly item: Item; readonly bytes: number }[] = [];
  private waiting = 0;
  private ended = false;
  private wake: () => void = () => undefined;

  /** Of what was not taken yet. */
  get bytes(): number {
    return this.waiting;
  }

  push(item: Item, bytes: number): void {
    if (this.ended) return;
    this.items.push({ item, bytes });
    this.waiting += bytes;
    this.wake();
  }

  /** What waits can still be taken. */
  end(): void {
    this.ended = true;
    this.wake();
  }

  /** Waits for the next one; undefined after the last. */
  async next(): Promise<Item | undefined> {
    while (this.items.length === 0 && !this.ended) await new Promise<void>((resolve) => (this.wake = resolve));
    const next = this.items.shift();
    this.waiting -= next?.bytes ?? 0;
    return next?.item;
  }
}
