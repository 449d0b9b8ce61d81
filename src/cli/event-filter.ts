import type { Pair } from '../detection/types.js';
import { DEFAULT_SHARE, zoneMask } from '../detection/zones.js';
import { CATEGORIES, SOURCES } from '../events/event.js';
import type { EventFilter, MaskQuery } from '../events/store.js';
import { numberIn, oneOf, UsageError } from './command.js';
import { parseTime } from './time.js';

export const FILTER_OPTIONS = {
  camera: { type: 'string', multiple: true },
  since: { type: 'string' },
  until: { type: 'string' },
  category: { type: 'string', multiple: true },
  zone: { type: 'string', multiple: true },
  source: { type: 'string', multiple: true },
  area: { type: 'string' },
  share: { type: 'string' },
  importance: { type: 'string' },
  'held-back': { type: 'boolean' },
  alerted: { type: 'boolean' },
  protected: { type: 'boolean' },
  rang: { type: 'boolean' },
  feedback: { type: 'string' },
  text: { type: 'string' },
} as const;

export const FILTER_HELP = `Which events (options that may be repeated are alternatives):
  --camera ID         of this camera; may be repeated
  --since TIME        that began then or later: 90m, 12h, 3d, today, yesterday, 2026-03-01, "2026-03-01 18:30"
  --until TIME        that began before
  --category NAME     ${CATEGORIES.join(', ')}; may be repeated
  --zone NAME         that have this zone; may be repeated
  --area "X,Y X,Y …"  that touched this polygon, in fractions of the picture: a zone that was not there yet
  --share S           how much of the area, or of the event, they must have in common, 0 to 1 (${DEFAULT_SHARE})
  --source NAME       ${SOURCES.join(', ')}; may be repeated
  --importance N      of at least this, 0 to 100
  --held-back         of which nobody was alerted
  --alerted           of which somebody was
  --protected         that retention leaves alone
  --rang              in which somebody rang
  --feedback VERDICT  that somebody called right or wrong
  --text WORDS        with these words in camera, category, label, zone or note`;

export interface FilterValues {
  readonly camera?: string[] | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly category?: string[] | undefined;
  readonly zone?: string[] | undefined;
  readonly source?: string[] | undefined;
  readonly area?: string | undefined;
  readonly share?: string | undefined;
  readonly importance?: string | undefined;
  readonly 'held-back'?: boolean | undefined;
  readonly alerted?: boolean | undefined;
  readonly protected?: boolean | undefined;
  readonly rang?: boolean | undefined;
  readonly feedback?: string | undefined;
  readonly text?: string | undefined;
}

/** @throws {UsageError} */
export function filterOf(values: FilterValues, now: number): EventFilter {
  const time = (option: 'since' | 'until'): number | undefined => {
    const text = values[option];
    return text === undefined ? undefined : parseTime(`--${option}`, text, now);
  };
  if (values['held-back'] === true && values.alerted === true) {
    throw new UsageError('--held-back and --alerted exclude each other.');
  }
  return {
    cameras: values.camera,
    categories: values.category?.map((category) => oneOf('--category', CATEGORIES, category)),
    zones: values.zone,
    sources: values.source?.map((source) => oneOf('--source', SOURCES, source)),
    from: time('since'),
    until: time('until'),
    importance: values.importance === undefined ? undefined : numberIn('--importance', values.importance, 0, 100),
    heldBack: values['held-back'] ?? (values.alerted === true ? false : undefined),
    protected: values.protected,
    rang: values.rang,
    feedback:
      values.feedback === undefined ? undefined : oneOf('--feedback', ['right', 'wrong'] as const, values.feedback),
    text: values.text,
  };
}

/** @throws {UsageError} */
export function areaOf({ area, share }: FilterValues): MaskQuery | undefined {
  if (area === undefined) {
    if (share !== undefined) throw new UsageError('--share goes with --area.');
    return undefined;
  }
  const mask = zoneMask(polygonOf(area));
  return { mask, share: share === undefined ? DEFAULT_SHARE : numberIn('--share', share, 0.001, 1), of: 'smaller' };
}

function polygonOf(text: string): Pair[] {
  const corners = text
    .trim()
    .split(/\s+/)
    .map((corner): Pair => {
      const [x, y, ...more] = corner.split(',');
      if (y === undefined || more.length > 0) {
        throw new UsageError(`--area is a list of corners like "0.1,0.4 0.6,0.4 0.6,1"; “${corner}” is none.`);
      }
      return [numberIn('--area', x ?? '', 0, 1), numberIn('--area', y, 0, 1)];
    });
  if (corners.length < 3 || corners.length > 100) throw new UsageError('--area takes 3 to 100 corners.');
  return corners;
}
