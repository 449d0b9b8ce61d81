import type { ZoneFault, ZonesAnswer } from '../src/page/messages.js';
import { makeCanvas, type Canvas } from './canvas.js';
import { element, setAttribute, setOptionalText, setText } from './elements.js';
import type { CameraInSettings, Homebridge } from './homebridge.js';
import { type Polygon, rectangle, withCornerAfter, withCornerAt, withoutCorner } from './polygon.js';
import { type Said, sayTrouble } from './said.js';
import * as history from './sketch.js';
import { isRecord, settingsOf, type Zone, zonesOf } from './zone.js';
import { type Fields, makeFields } from './zone-fields.js';
import { NO_CAMERA, sayFault, sayNoPicture, sayPast } from './zone-words.js';

export interface EditedCamera {
  readonly id: string;
  readonly name: string;
}

/** Draws one camera's zones, and puts them into the settings of the form when that is wanted. */
export class ZoneEditor {
  readonly root: HTMLElement;
  private readonly title = element('h3', { class: 'lk-name', tabindex: '-1' });
  private readonly said = element('p', { class: 'lk-notice', role: 'status' });
  private readonly faults = element('ul', { class: 'lk-faults', role: 'alert' });
  private readonly undo = button('Undo', 'secondary');
  private readonly redo = button('Redo', 'secondary');
  private readonly add = button('Add a zone', 'secondary');
  private readonly use = button('Use these zones', 'primary');
  private readonly close = button('Cancel', 'secondary');
  private readonly canvas: Canvas;
  private readonly fields: Fields;
  private drawn = history.begun([]);
  /** All but the buttons at the end: out of reach while something is asked. */
  private readonly work: HTMLElement;
  private closed = false;
  /** What was found out of a zone as it was drawn then. */
  private past: { readonly zone: Zone; readonly text: string } | undefined;

  constructor(
    private readonly camera: EditedCamera,
    private readonly homebridge: Homebridge,
    private readonly onClose: () => void,
  ) {
    this.canvas = makeCanvas({
      onChoose: (zone) => {
        this.show(history.chosen(this.drawn, zone));
      },
      onCorner: (corner, to) => {
        this.reshape((polygon) => withCornerAt(polygon, corner, to), `corner ${corner}`);
      },
      onInsert: (after) => {
        this.reshape((polygon) => withCornerAfter(polygon, after), `corner ${after + 1}`);
      },
      onRemove: (corner) => {
        this.reshape((polygon) => withoutCorner(polygon, corner));
      },
      onMove: (to) => {
        this.reshape(() => to, 'zone');
      },
      onDraw: (from, to) => {
        this.draw(rectangle(from, to));
      },
      onRemoveZone: () => {
        const { chosen } = this.drawn.now;
        if (chosen !== undefined) this.remove(chosen);
      },
      onEnd: () => {
        this.drawn = history.ended(this.drawn);
      },
    });
    this.fields = makeFields({
      onChoose: (zone) => {
        this.show(history.chosen(this.drawn, zone));
      },
      onChange: (zone, change, gesture) => {
        this.step(history.withChange(this.drawn.now, zone, change), gesture);
      },
      onRemove: (zone) => {
        this.remove(zone);
        this.fields.focus();
      },
      onPast: (zone) => void this.lookBack(zone),
    });
    const help = element(
      'p',
      { class: 'lk-summary' },
      'Draw a zone on the picture, or add one. Drag its corners, or the small dots between them for more. By keyboard: Tab to a corner, arrow keys move it, with Shift by more; Delete removes it.',
    );
    this.work = element(
      'div',
      { class: 'lk-editor' },
      element('div', { class: 'lk-ring' }, this.add, this.undo, this.redo),
      element('div', { class: 'lk-drawing' }, this.canvas.root, this.fields.root),
      this.faults,
    );
    this.root = element(
      'section',
      { class: 'lk-editor', 'aria-labelledby': 'lk-editor-title' },
      ...[this.title, this.said, help],
      this.work,
      element('div', { class: 'lk-ring' }, this.use, this.close),
    );
    this.title.id = 'lk-editor-title';
    setText(this.title, `Zones of ${camera.name}`);
    this.listen();
  }

  /** Asks for what it takes to draw, and has the focus. */
  async open(): Promise<void> {
    this.title.focus();
    this.say({ tone: 'waiting', text: 'Asking for the picture …' });
    this.canvas.showPicture(undefined);
    this.show(this.drawn);
    this.allowWork(false);
    try {
      const cameras = await this.homebridge.cameras();
      this.begin(cameras, await this.homebridge.zones(this.camera.id, cameras));
    } catch {
      this.say(UNASKED);
    }
  }

  private begin(cameras: readonly CameraInSettings[], answer: ZonesAnswer): void {
    if (answer.kind === 'trouble') {
      this.say(sayTrouble(answer));
      return;
    }
    const { place, picture } = answer;
    const settings = place === null ? undefined : cameras[place];
    if (settings === undefined) {
      this.say(NO_CAMERA);
      return;
    }
    const detect = settings['detect'];
    this.show(history.begun(zonesOf(isRecord(detect) ? detect['zones'] : undefined)));
    this.canvas.showPicture('jpeg' in picture ? (picture.jpeg ?? undefined) : undefined);
    this.say('jpeg' in picture ? sayNoPicture(picture) : sayTrouble(picture));
    this.allowWork(true);
  }

  private listen(): void {
    const on = (target: HTMLElement, act: () => void): void => {
      target.addEventListener('click', () => {
        if (target.getAttribute('aria-disabled') !== 'true') act();
      });
    };
    on(this.add, () => {
      this.step(history.withZone(this.drawn.now));
      this.fields.focus();
    });
    const go = (to: (from: history.History) => history.History): void => {
      this.showFaults([]);
      this.show(to(this.drawn));
    };
    on(this.undo, () => {
      go(history.undone);
    });
    on(this.redo, () => {
      go(history.redone);
    });
    on(this.use, () => void this.finish());
    on(this.close, () => {
      this.end();
    });
    this.root.addEventListener('keydown', (event) => {
      const key = event.key.toLowerCase();
      if (!(event.ctrlKey || event.metaKey) || event.altKey || (key !== 'z' && key !== 'y')) return;
      event.preventDefault();
      if (!this.work.inert) go(key === 'y' || event.shiftKey ? history.redone : history.undone);
    });
  }

  private end(): void {
    if (this.closed) return;
    this.closed = true;
    this.canvas.end();
    this.onClose();
  }

  private allowWork(on: boolean): void {
    this.work.inert = !on;
    setAttribute(this.use, 'aria-disabled', on ? undefined : 'true');
  }

  private show(drawn: history.History): void {
    const { activeElement } = document;
    const hadFocus = activeElement !== null && this.work.contains(activeElement);
    this.drawn = drawn;
    const { now, past, future } = drawn;
    this.canvas.show(now);
    const zone = history.chosenZone(now);
    this.fields.show(now, zone !== undefined && this.past?.zone === zone ? this.past.text : undefined);
    setAttribute(this.undo, 'aria-disabled', past.length === 0 ? 'true' : undefined);
    setAttribute(this.redo, 'aria-disabled', future.length === 0 ? 'true' : undefined);
    setAttribute(this.add, 'aria-disabled', now.zones.length >= history.MOST_ZONES ? 'true' : undefined);
    // What had it may be gone, or hidden.
    const focused = document.activeElement;
    const hasFocus = focused !== null && this.work.contains(focused) && focused.checkVisibility();
    if (hadFocus && !hasFocus) this.add.focus();
  }

  private step(next: history.Sketch, gesture?: string): void {
    this.showFaults([]);
    this.show(history.did(this.drawn, next, gesture));
  }

  private reshape(change: (polygon: Polygon) => Polygon, gesture?: string): void {
    const zone = history.chosenZone(this.drawn.now);
    if (zone === undefined) return;
    const polygon = change(zone.polygon);
    if (!isSame(polygon, zone.polygon)) this.step(history.withChange(this.drawn.now, zone.key, { polygon }), gesture);
  }

  /** The first time a new zone, then its growing. */
  private draw(polygon: Polygon): void {
    const { now } = this.drawn;
    const next =
      this.drawn.gesture === 'draw' && now.chosen !== undefined
        ? history.withChange(now, now.chosen, { polygon })
        : history.withZone(now, polygon);
    this.step(next, 'draw');
  }

  private remove(zone: number): void {
    this.step(history.withoutZone(this.drawn.now, zone));
  }

  private async lookBack(zone: Zone): Promise<void> {
    const tell = (text: string): void => {
      this.past = { zone, text };
      this.show(this.drawn);
    };
    const { polygon, purpose, share } = zone;
    if (share !== undefined && !(share >= 0.01 && share <= 1)) {
      tell('The share should be from 1 to 100 percent.');
      return;
    }
    tell('Looking …');
    const answer = await this.homebridge.past(this.camera.id, { polygon, purpose, share }).catch(() => undefined);
    if (this.past?.zone !== zone) return;
    if (answer === undefined) tell(UNASKED.text);
    else tell(answer.kind === 'trouble' ? sayTrouble(answer).text : sayPast(answer.past, purpose));
  }

  private async finish(): Promise<void> {
    const { zones } = this.drawn.now;
    const wanted = zones.map(settingsOf);
    this.allowWork(false);
    try {
      const cameras = await this.homebridge.cameras();
      const answer = await this.homebridge.judge(this.camera.id, cameras, wanted);
      if (this.closed) return;
      if (answer.kind === 'trouble') this.say(sayTrouble(answer));
      else if (answer.place === null) this.say(NO_CAMERA);
      else if (answer.faults.length > 0) this.showFaults(answer.faults);
      else {
        await this.homebridge.setZones(answer.place, wanted);
        this.homebridge.toast.success(
          'Save, and restart Homebridge, to have them watched.',
          'The zones are in the settings',
        );
        this.end();
      }
    } catch {
      this.say(UNASKED);
    } finally {
      this.allowWork(true);
    }
  }

  private showFaults(faults: readonly ZoneFault[]): void {
    const { zones } = this.drawn.now;
    this.faults.replaceChildren(...faults.map((fault) => element('li', {}, sayFault(fault, zones))));
    const [first] = faults;
    const zone = first && zones[first.zone];
    if (zone !== undefined) this.show(history.chosen(this.drawn, zone.key));
  }

  private say(said: Said | undefined): void {
    setOptionalText(this.said, said?.text);
    setAttribute(this.said, 'data-tone', said?.tone);
  }
}

const UNASKED: Said = {
  tone: 'bad',
  text: 'This page could not reach Homebridge’s UI. Close the page, and open it again.',
};

const button = (text: string, kind: 'primary' | 'secondary'): HTMLButtonElement =>
  element('button', { type: 'button', class: `btn btn-${kind} lk-button` }, text);

const isSame = (one: Polygon, other: Polygon): boolean => String(one) === String(other);
