import { type Card, type CardEvents, makeCard } from './card.js';
import { element, setAttribute, setOptionalText } from './elements.js';
import type { PageView } from './view.js';

/** The whole page below an element of the document. */
export class Page {
  private readonly notice = element('p', { class: 'lk-notice', role: 'status', tabindex: '-1' });
  private readonly summary = element('p', { class: 'lk-summary' });
  private readonly refused = element('p', { class: 'lk-refused' });
  private readonly cards = element('div', { class: 'lk-cards' });
  /** By the camera's id. */
  private readonly shown = new Map<string, Card>();

  constructor(
    private readonly root: Element,
    private readonly eventsOf: (camera: string) => CardEvents,
  ) {
    root.replaceChildren(this.notice, this.summary, this.refused, this.cards);
  }

  /** Has something else in the place of the cards. @returns has the cards again */
  replaceCards(other: HTMLElement, returnTo: string): () => void {
    this.cards.hidden = true;
    this.root.append(other);
    return () => {
      other.remove();
      this.cards.hidden = false;
      // Where the hub has gone, its cards have.
      (document.getElementById(returnTo) ?? this.notice).focus();
    };
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
      const card = this.shown.get(camera.id) ?? makeCard(camera.id, this.eventsOf(camera.id));
      this.shown.set(camera.id, card);
      card.show(camera);
      // Whoever has the focus loses it when he is moved.
      if (this.cards.children[place] !== card.root)
        this.cards.insertBefore(card.root, this.cards.children[place] ?? null);
    });
  }
}
