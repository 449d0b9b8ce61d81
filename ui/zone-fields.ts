import { element, setAttribute, setOptionalText, setText } from './elements.js';
import { chosenZone, type Sketch } from './sketch.js';
import { PURPOSES, SENSORS, shownName, type Zone } from './zone.js';
import { PURPOSE_WORDS, SENSOR_WORDS } from './zone-words.js';

export interface FieldEvents {
  readonly onChoose: (zone: number) => void;
  /** @param gesture of typing: what is typed into one field is taken back at once */
  readonly onChange: (zone: number, change: Partial<Omit<Zone, 'key' | 'raw'>>, gesture?: string) => void;
  readonly onRemove: (zone: number) => void;
  /** What the zone would have had of what is kept. */
  readonly onPast: (zone: Zone) => void;
}

export interface Fields {
  readonly root: HTMLElement;
  /** @param past what was found out of the zone at hand */
  readonly show: (sketch: Sketch, past: string | undefined) => void;
  /** To the zone at hand. */
  readonly focus: () => void;
}

/** Names stand as they are typed; the settings take 64 letters. */
const LONGEST_NAME = 64;

/** The list of zones, and what is to be said of the one at hand. */
export function makeFields(events: FieldEvents): Fields {
  const list = element('ul', { class: 'lk-zone-list', 'aria-label': 'Zones' });
  const name = element('input', { type: 'text', maxlength: String(LONGEST_NAME), class: 'lk-input', required: '' });
  const purpose = select(PURPOSES, PURPOSE_WORDS);
  const share = element('input', { type: 'number', min: '1', max: '100', step: '1', class: 'lk-input' });
  const sensor = select(SENSORS, SENSOR_WORDS);
  const shareField = labelled('Share in percent', share);
  const sensorField = labelled('Sensor', sensor);
  const remove = element('button', { type: 'button', class: 'btn btn-danger lk-button' }, 'Remove');
  const look = element('button', { type: 'button', class: 'btn btn-secondary lk-button' }, 'What passed here?');
  const said = element('p', { class: 'lk-said', role: 'status' });
  const bare = element('p', { class: 'lk-reason' }, 'Its corners cannot be read. Remove it, and draw it anew.');
  const form = element(
    'div',
    { class: 'lk-fields', role: 'group' },
    ...[labelled('Name', name), labelled('Purpose', purpose), shareField, sensorField, bare],
    element('div', { class: 'lk-ring' }, look, remove, said),
  );
  let zone: Zone | undefined;

  const change = (what: Partial<Omit<Zone, 'key' | 'raw'>>, field?: string): void => {
    if (zone !== undefined) events.onChange(zone.key, what, field && `${field} ${zone.key}`);
  };
  name.addEventListener('input', () => {
    change({ name: name.value }, 'name');
  });
  share.addEventListener('input', () => {
    change({ share: share.value === '' ? undefined : share.valueAsNumber / 100 }, 'share');
  });
  purpose.addEventListener('change', () => {
    change({ purpose: PURPOSES.find((one) => one === purpose.value) ?? 'notice' });
  });
  sensor.addEventListener('change', () => {
    change({ sensor: SENSORS.find((one) => one === sensor.value) ?? 'none' });
  });
  remove.addEventListener('click', () => {
    if (zone !== undefined) events.onRemove(zone.key);
  });
  look.addEventListener('click', () => {
    if (zone !== undefined) events.onPast(zone);
  });

  return {
    root: element('div', { class: 'lk-zone-side' }, list, form),
    show: (sketch, past) => {
      showList(list, sketch, events.onChoose);
      zone = chosenZone(sketch);
      form.hidden = zone === undefined;
      if (zone === undefined) return;
      setAttribute(form, 'aria-label', zone.name);
      if (name.value !== zone.name) name.value = zone.name;
      purpose.value = zone.purpose;
      sensor.value = zone.sensor;
      // What is being typed is not written over.
      const typed = share.value === '' ? undefined : share.valueAsNumber / 100;
      if (typed !== zone.share) share.value = zone.share === undefined ? '' : String(Math.round(zone.share * 100));
      share.placeholder = zone.purpose === 'notice' ? '20' : '80';
      shareField.hidden = zone.purpose === 'mask';
      sensorField.hidden = zone.purpose !== 'notice';
      bare.hidden = zone.polygon.length > 0;
      look.hidden = zone.polygon.length === 0;
      setOptionalText(said, past);
    },
    focus: () => {
      list.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus();
    },
  };
}

function showList(list: HTMLElement, { zones, chosen }: Sketch, onChoose: (zone: number) => void): void {
  while (list.children.length > zones.length) list.lastElementChild?.remove();
  while (list.children.length < zones.length) {
    const button = element('button', { type: 'button', class: 'lk-choice' });
    button.addEventListener('click', () => {
      onChoose(Number(button.dataset['zone']));
    });
    list.append(element('li', {}, button));
  }
  zones.forEach(({ key, name, purpose }, nth) => {
    const button = list.children[nth]?.firstElementChild;
    if (!(button instanceof HTMLElement)) return;
    button.dataset['zone'] = String(key);
    button.dataset['purpose'] = purpose;
    setText(button, `${shownName({ name })}, ${purpose}`);
    setAttribute(button, 'aria-pressed', String(key === chosen));
  });
}

function select<T extends string>(values: readonly T[], words: Readonly<Record<T, string>>): HTMLSelectElement {
  const options = values.map((value) => element('option', { value }, words[value]));
  return element('select', { class: 'lk-input' }, ...options);
}

const labelled = (text: string, field: HTMLElement): HTMLElement =>
  element('label', { class: 'lk-field' }, element('span', {}, text), field);
