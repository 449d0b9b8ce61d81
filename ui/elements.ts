type Attributes = Readonly<Record<string, string>>;

/** What it holds is text or elements, never markup: names of cameras come from anywhere. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Only where it changes, so that it is not read out again, and a selection in it stays. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

export function setAttribute(target: Element, name: string, value: string | undefined): void {
  if (value === undefined) target.removeAttribute(name);
  else if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/** A text that is hidden where there is none. */
export function setOptionalText(target: HTMLElement, text: string | undefined): void {
  setText(target, text ?? '');
  target.hidden = text === undefined;
}

/** Has an element's children made anew whenever what they show has changed. */
export function whenChanged<T>(target: Element, make: (value: T) => readonly Node[]): (value: T) => void {
  let shown: string | undefined;
  return (value) => {
    const wanted = JSON.stringify(value);
    if (wanted === shown) return;
    shown = wanted;
    target.replaceChildren(...make(value));
  };
}
