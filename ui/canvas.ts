import { element, setAttribute, setText } from './elements.js';
import { midpoint, middle, MOST_CORNERS, percent, type Point, type Polygon, shifted } from './polygon.js';
import { chosenZone, type Sketch } from './sketch.js';
import { shownName, type Zone } from './zone.js';

/** What a hand or a key does to the picture. Points and steps are fractions of it. */
export interface CanvasEvents {
  readonly onChoose: (zone: number | undefined) => void;
  /** A corner goes somewhere. */
  readonly onCorner: (corner: number, to: Point) => void;
  /** A corner between one and the next. */
  readonly onInsert: (after: number) => void;
  readonly onRemove: (corner: number) => void;
  /** The zone at hand goes elsewhere as a whole. */
  readonly onMove: (to: Polygon) => void;
  /** A new zone between two points of the picture; called again while it grows. */
  readonly onDraw: (from: Point, to: Point) => void;
  readonly onRemoveZone: () => void;
  /** What follows is another gesture. */
  readonly onEnd: () => void;
}

export interface Canvas {
  readonly root: HTMLElement;
  readonly show: (sketch: Sketch) => void;
  /** @param jpeg as base64; undefined: there is none, and the zones are drawn on gray */
  readonly showPicture: (jpeg: string | undefined) => void;
  /** It is not shown any more. */
  readonly end: () => void;
}

const SVG = 'http://www.w3.org/2000/svg';
/** Of the picture, by a key; ten times as much with Shift. */
const STEP = 0.005;
const STRIDE = 0.05;
/** A hand that shakes draws nothing, fraction of the picture. */
const LEAST_DRAWN = 0.02;

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The picture with its zones, to be drawn on by hand, pen, mouse or keys. */
export function makeCanvas(events: CanvasEvents): Canvas {
  // Its shape until it is there.
  const size = { width: '960', height: '540' };
  const picture = element('img', { class: 'lk-picture', alt: '', draggable: 'false', ...size });
  const svg = drawn('svg', { class: 'lk-zones', role: 'group', 'aria-label': 'Zones on the picture' });
  const shapes = drawn('g', {});
  const handles = drawn('g', {});
  svg.append(shapes, handles);
  const root = element('div', { class: 'lk-canvas' }, picture, svg);
  let shown: Sketch = { zones: [], chosen: undefined };
  let drag: { readonly pointer: number; readonly to: (point: Point) => void } | undefined;

  const at = (event: PointerEvent): Point => {
    const { left, top, width, height } = svg.getBoundingClientRect();
    return [(event.clientX - left) / width, (event.clientY - top) / height];
  };
  const onDown = (event: PointerEvent): void => {
    const from = at(event);
    const target = event.target instanceof SVGElement ? event.target : svg;
    const { zone, corner, after } = target.dataset;
    if (event.button !== 0 || drag !== undefined) return;
    const drags = (to: (point: Point) => void): void => {
      drag = { pointer: event.pointerId, to };
      svg.setPointerCapture(event.pointerId);
    };
    // The browser would drag the picture, or select texts; it would also give the focus, which is done here.
    event.preventDefault();
    target.focus({ preventScroll: true });
    if (corner !== undefined) drags(movesCorner(Number(corner)));
    else if (after !== undefined) {
      events.onInsert(Number(after));
      drags(movesCorner(Number(after) + 1));
      focusOn(`[data-corner="${Number(after) + 1}"]`);
    } else if (zone !== undefined) {
      const isAtHand = shown.chosen === Number(zone);
      events.onChoose(Number(zone));
      // A finger that scrolls the page over a zone does not move it.
      if (isAtHand || event.pointerType !== 'touch') drags(movesZone(from));
    } else if (event.pointerType === 'touch') events.onChoose(undefined);
    else drags(draws(from));
  };
  const movesCorner = (corner: number) => (to: Point) => {
    events.onCorner(corner, to);
  };
  const movesZone = (from: Point) => {
    // By all of the way each time: small steps would be lost in rounding.
    const start = chosenZone(shown)?.polygon ?? [];
    return (to: Point) => {
      events.onMove(shifted(start, [to[0] - from[0], to[1] - from[1]]));
    };
  };
  const draws = (from: Point) => {
    let grows = false;
    events.onChoose(undefined);
    return (to: Point) => {
      grows ||= Math.min(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])) >= LEAST_DRAWN;
      if (grows) events.onDraw(from, to);
    };
  };
  const onUp = ({ pointerId }: PointerEvent): void => {
    if (drag?.pointer !== pointerId) return;
    drag = undefined;
    events.onEnd();
  };
  svg.addEventListener('pointerdown', onDown);
  svg.addEventListener('pointermove', (event) => {
    if (drag?.pointer === event.pointerId) drag.to(at(event));
  });
  svg.addEventListener('pointerup', onUp);
  svg.addEventListener('pointercancel', onUp);
  svg.addEventListener('focusout', () => {
    if (drag === undefined) events.onEnd();
  });
  svg.addEventListener('keydown', (event) => {
    if (event.target instanceof SVGElement && onKey(event, event.target.dataset)) event.preventDefault();
  });

  /** @returns whether the key is for us */
  function onKey(
    { key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent,
    { zone, corner, after }: DOMStringMap,
  ): boolean {
    if (ctrlKey || metaKey || altKey) return false;
    const step = shiftKey ? STRIDE : STEP;
    const [dx, dy] = (ARROWS[key] ?? [0, 0]).map((direction) => direction * step) as [number, number];
    const isArrow = Object.hasOwn(ARROWS, key);
    const isDelete = key === 'Delete' || key === 'Backspace';
    const isPress = key === 'Enter' || key === ' ';
    if (corner !== undefined) {
      const [x, y] = chosenZone(shown)?.polygon[Number(corner)] ?? [0, 0];
      if (isArrow) events.onCorner(Number(corner), [x + dx, y + dy]);
      else if (isDelete) removeCorner(Number(corner));
      else return false;
    } else if (after !== undefined) {
      if (!isPress) return false;
      events.onInsert(Number(after));
      focusOn(`[data-corner="${Number(after) + 1}"]`);
    } else if (zone !== undefined) {
      if (!isArrow && !isDelete && !isPress) return false;
      if (shown.chosen !== Number(zone)) events.onChoose(Number(zone));
      if (isArrow) events.onMove(shifted(chosenZone(shown)?.polygon ?? [], [dx, dy]));
      else if (isDelete) events.onRemoveZone();
    } else return false;
    return true;
  }

  function removeCorner(corner: number): void {
    events.onRemove(corner);
    const left = chosenZone(shown)?.polygon.length ?? 0;
    focusOn(`[data-corner="${Math.min(corner, left - 1)}"]`);
  }

  function focusOn(selector: string): void {
    svg.querySelector<SVGElement>(selector)?.focus();
  }

  const layOut = (): void => {
    const { width, height } = svg.getBoundingClientRect();
    if (width > 0) place(width, height);
  };
  // Handles stay as large as a finger, however small the picture is.
  const observer = new ResizeObserver(layOut);
  observer.observe(svg);

  function place(width: number, height: number): void {
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const scaled = ([x, y]: Point): Point => [x * width, y * height];
    fit(shapes, shown.zones.length, makeShape).forEach((shape, nth) => {
      const zone = shown.zones[nth];
      if (zone !== undefined) showShape(shape, zone, zone.key === shown.chosen, scaled);
    });
    const polygon = chosenZone(shown)?.polygon ?? [];
    showHandles(handles, polygon, scaled);
  }

  return {
    root,
    show: (sketch) => {
      shown = sketch;
      layOut();
    },
    showPicture: (jpeg) => {
      picture.hidden = jpeg === undefined;
      if (jpeg === undefined) picture.removeAttribute('src');
      else picture.src = `data:image/jpeg;base64,${jpeg}`;
      root.toggleAttribute('data-blank', jpeg === undefined);
    },
    end: () => {
      observer.disconnect();
    },
  };
}

function drawn<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>>,
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** As many children as are wanted; those that stay keep the focus, and the last has that of one that goes. */
function fit(parent: Element, wanted: number, make: () => Element): readonly Element[] {
  const hadFocus = parent.contains(document.activeElement);
  while (parent.children.length > wanted) parent.lastElementChild?.remove();
  while (parent.children.length < wanted) parent.append(make());
  const children = [...parent.children];
  const last = children.at(-1);
  const focusable = last?.querySelector('[tabindex]') ?? last;
  if (hadFocus && !parent.contains(document.activeElement) && focusable instanceof SVGElement) focusable.focus();
  return children;
}

function makeShape(): Element {
  const group = drawn('g', { class: 'lk-zone' });
  group.append(drawn('polygon', { tabindex: '0', role: 'button' }), drawn('text', { 'aria-hidden': 'true' }));
  return group;
}

function showShape(group: Element, zone: Zone, isChosen: boolean, scaled: (point: Point) => Point): void {
  const [shape, text] = group.children;
  if (shape === undefined || text === undefined) return;
  group.setAttribute('data-purpose', zone.purpose);
  group.toggleAttribute('data-chosen', isChosen);
  const isBare = zone.polygon.length === 0;
  setAttribute(group, 'display', isBare ? 'none' : undefined);
  if (isBare) return;
  setAttribute(shape, 'points', zone.polygon.map((point) => scaled(point).join(',')).join(' '));
  setAttribute(shape, 'data-zone', String(zone.key));
  setAttribute(shape, 'aria-pressed', String(isChosen));
  setAttribute(shape, 'aria-label', `${shownName(zone)}, ${zone.purpose}: arrow keys move it, Delete removes it`);
  const [x, y] = scaled(middle(zone.polygon));
  setAttribute(text, 'x', String(x));
  setAttribute(text, 'y', String(y));
  setText(text, zone.name);
}

function showHandles(handles: Element, polygon: Polygon, scaled: (point: Point) => Point): void {
  const between = polygon.length >= MOST_CORNERS ? 0 : polygon.length;
  fit(handles, polygon.length + between, () => drawn('circle', { tabindex: '0', role: 'button' })).forEach(
    (handle, nth) => {
      // Each corner is followed by what makes another one after it: so they are reached in their order.
      const [corner, isBetween] = between === 0 ? [nth, false] : [Math.floor(nth / 2), nth % 2 === 1];
      const point = isBetween ? midpoint(polygon, corner) : (polygon[corner] ?? [0, 0]);
      const [cx, cy] = scaled(point);
      setAttribute(handle, 'class', isBetween ? 'lk-between' : 'lk-corner');
      setAttribute(handle, 'cx', String(cx));
      setAttribute(handle, 'cy', String(cy));
      setAttribute(handle, 'r', isBetween ? '6' : '9');
      setAttribute(handle, 'data-corner', isBetween ? undefined : String(corner));
      setAttribute(handle, 'data-after', isBetween ? String(corner) : undefined);
      const place = `${percent(point[0])} from the left, ${percent(point[1])} from the top`;
      const next = ((corner + 1) % polygon.length) + 1;
      setAttribute(
        handle,
        'aria-label',
        isBetween
          ? `Add a corner between ${corner + 1} and ${next}`
          : `Corner ${corner + 1} of ${polygon.length}, ${place}`,
      );
    },
  );
}
