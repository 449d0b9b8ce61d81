type Point = readonly [x: number, y: number];

/** The least area that a polygon may have, as a share of the picture: about 30 pixels of a 160×90 frame's 14,400. */
const LEAST_AREA = 0.002;

/** Shoelace formula; false as well for points that lie on a line. */
export function spansArea(polygon: readonly Point[]): boolean {
  const doubled = polygon.reduce((sum, [x, y], nth) => {
    const [nextX, nextY] = polygon[(nth + 1) % polygon.length] ?? [x, y];
    return sum + x * nextY - nextX * y;
  }, 0);
  return Math.abs(doubled) / 2 >= LEAST_AREA;
}

/** Indices of the zones with a name that a zone before them has. Masks tell nothing and may share a name. */
export function namesakes(zones: readonly { readonly name: string; readonly purpose: string }[]): number[] {
  const seen = new Set<string>();
  return zones.flatMap(({ name, purpose }, nth) => {
    const folded = name.toLowerCase();
    if (purpose === 'mask') return [];
    if (seen.has(folded)) return [nth];
    seen.add(folded);
    return [];
  });
}

/** Indices of the zones with a sensor that nothing would ever switch on. */
export function withVainSensor(
  zones: readonly { readonly sensor: false | 'motion' | 'occupancy'; readonly purpose: string }[],
): number[] {
  return zones.flatMap(({ sensor, purpose }, nth) => (sensor !== false && purpose !== 'notice' ? [nth] : []));
}
