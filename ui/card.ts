import type { CameraView, Fact } from './camera.js';
import { element, setAttribute, setOptionalText, setText, whenChanged } from './elements.js';
import type { RecordingView } from './recording.js';

/** One camera's card: made once, and told what has changed, so that whoever has the focus in it keeps it. */
export interface Card {
  readonly root: HTMLElement;
  readonly show: (view: CameraView) => void;
}

export interface CardEvents {
  /** The test button was pressed. */
  readonly onRing: () => void;
  /** Its zones are to be drawn. */
  readonly onZones: () => void;
}

export function makeCard(id: string, { onRing, onZones }: CardEvents): Card {
  const name = element('bdi');
  const kind = element('span', { class: 'lk-kind' }, 'Doorbell');
  const title = element('h3', { class: 'lk-name', id: `lk-${id}` }, name);
  const state = element('p', { class: 'lk-state' });
  const reason = element('p', { class: 'lk-reason' });
  const facts = element('dl', { class: 'lk-facts' });
  const showFacts = whenChanged(facts, factRows);
  const recording = makeRecording();
  const ring = makeRing(onRing);
  const zones = element(
    'button',
    { type: 'button', class: 'btn btn-secondary lk-button', id: `lk-zones-${id}` },
    'Zones',
  );
  zones.addEventListener('click', onZones);
  const root = element(
    'article',
    { class: 'lk-card', 'aria-labelledby': title.id },
    ...[element('header', { class: 'lk-head' }, title, kind), state, reason, facts, ring.root, recording.root],
    element('div', { class: 'lk-ring' }, zones),
  );
  return {
    root,
    show: (view) => {
      setText(name, view.name);
      kind.hidden = !view.isDoorbell;
      setText(state, view.state.text);
      setAttribute(state, 'data-tone', view.state.tone);
      setOptionalText(reason, view.reason);
      showFacts(view.facts);
      recording.show(view.recording);
      ring.show(view.ring, view.name);
      setAttribute(zones, 'aria-label', `Zones of ${view.name}`);
    },
  };
}

const factRows = (facts: readonly Fact[]): HTMLElement[] =>
  facts.map(({ label, text }) => element('div', {}, element('dt', {}, label), element('dd', {}, text)));

function makeRecording(): { readonly root: HTMLElement; readonly show: (view: RecordingView | undefined) => void } {
  const summary = element('summary');
  const chain = element('ol', { class: 'lk-chain' });
  const showChain = whenChanged(chain, linkRows);
  const remedy = element('p', { class: 'lk-remedy' });
  const root = element('details', { class: 'lk-recording' }, summary, chain, remedy);
  let isNew = true;
  return {
    root,
    show: (view) => {
      root.hidden = view === undefined;
      if (view === undefined) return;
      // Later it is as whoever reads it has left it.
      if (isNew) root.open = !view.holds;
      isNew = false;
      setText(summary, `Recording: ${view.summary}`);
      showChain(view.links);
      setOptionalText(remedy, view.remedy);
    },
  };
}

const linkRows = (links: RecordingView['links']): HTMLElement[] =>
  links.map(({ name, text, holds }) =>
    element(
      'li',
      { 'data-holds': String(holds) },
      element('span', { class: 'lk-unseen' }, holds ? 'holds: ' : 'does not hold: '),
      element('span', { class: 'lk-link' }, name),
      element('span', { class: 'lk-text' }, text),
    ),
  );

function makeRing(onRing: () => void): {
  readonly root: HTMLElement;
  readonly show: (view: CameraView['ring'], name: string) => void;
} {
  const button = element('button', { type: 'button', class: 'btn btn-primary lk-button' }, 'Ring');
  const said = element('p', { class: 'lk-said', role: 'status' });
  const root = element('div', { class: 'lk-ring' }, button, said);
  button.addEventListener('click', () => {
    // A button that is disabled would lose the focus.
    if (button.getAttribute('aria-disabled') !== 'true') onRing();
  });
  return {
    root,
    show: (view, name) => {
      root.hidden = view === undefined;
      if (view === undefined) return;
      setAttribute(button, 'aria-label', `Ring ${name}`);
      setAttribute(button, 'aria-disabled', view.busy ? 'true' : undefined);
      setText(said, view.said?.text ?? '');
      setAttribute(said, 'data-tone', view.said?.tone);
    },
  };
}
