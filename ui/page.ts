import { type Card, makeCard } from './card.js';
import { element, setAttribute, setOptionalText } from './elements.js';
import type { PageView } from './view.js';

/** The whole page below an element of the document. */
export class Page {
  private readonly notice = element('p', { class: 'lk-notice', role: 'status' });
  private readonly summary = element('p', { class: 'lk-summary' });
  private readonly refused = element('p', { class: 'lk-refused' });
  private readonly cards = element('div', { class: 'lk-cards' });
  /** By the camera's id. */
  private readonly shown = new Map<string, Card>();

  constructor(
    root: Element,
    private readonly onRing: (camera: string) => void,
  ) {
    root.replaceChildren(this.notice, this.summary, this.refused, this.cards);
  }

  show({ notice, summary, refused, cameras }: PageView): void {
    setOptionalText(this.notice, notice?.text);
    setAttribute(this.notice, 'data-tone', notice?.tone);
    setOptionalText(this.summary, summary);
    setOptionalText(this.refused, refused);
    const wanted = new Set(cameras.map(({ id }) => id));
    for (const [id, card] of this.shown) {
      if (wanted.has(id)) continue;
      card.root.remove();
      this.shown.delete(id);
    }
    cameras.forEach((camera, place) => {
      const card =
        this.shown.get(camera.id) ??
        makeCard(camera.id, () => {
          this.onRing(camera.id);
        });
      this.shown.set(camera.id, card);
      card.show(camera);
      // Whoever has the focus loses it when he is moved.
      if (this.cards.children[place] !== card.root)
        this.cards.insertBefore(card.root, this.cards.children[place] ?? null);
    });
  }
}
