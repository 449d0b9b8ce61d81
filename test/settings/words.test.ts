import fc from 'fast-check';
import { editDistance, nearest } from '../../src/settings/nearest.js';
import { slugOf } from '../../src/settings/slug.js';
import { namesakes, spansArea } from '../../src/settings/zones.js';

describe('slugOf', () => {
  it.each<[name: string, slug: string]>([
    ['Front door', 'front-door'],
    ['  Front -- door! ', 'front-door'],
    ['Haustür (Süd)', 'haustur-sud'],
    ['Straße', 'strasse'],
    ['Œuvre Ærø Łódź', 'oeuvre-aero-lodz'],
    ["Anna's room", 'annas-room'],
    ['ＦＵＬＬ width', 'full-width'],
    ['½ way ①', '1-2-way-1'],
    ['Camera 2', 'camera-2'],
    ['📷 Yard', 'yard'],
    ['../../etc/passwd', 'etc-passwd'],
    ['İstanbul', 'istanbul'],
  ])('%s is %s', (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });

  it('keeps names apart that have no plain letters', () => {
    const names = ['车库', '车库 2', '后院 2', 'Двор', 'Гараж', '차고', '📷', '📸', '2', '...', '车库 A', '后院 A'];
    const slugs = names.map(slugOf);
    expect(new Set(slugs).size).toBe(names.length);
    expect(slugs[0]).toBe(slugOf('车库'));
    for (const slug of slugs) expect(slug).toMatch(/^[a-z\d][a-z\d-]*-[\da-f]{8}$/);
  });

  it('is the same for every spelling in Unicode, and always an id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }), (name) => {
        expect(slugOf(name)).toMatch(/^[a-z\d][a-z\d-]{0,63}$/);
        expect(slugOf(name.normalize('NFD'))).toBe(slugOf(name.normalize('NFC')));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('nearest', () => {
  const keys = ['id', 'name', 'source', 'detectSource', 'type', 'audio', 'talk', 'record', 'detect'];

  it.each<[word: string, key: string | undefined]>([
    ['soruce', 'source'],
    ['sorce', 'source'],
    ['sources', 'source'],
    ['Audio', 'audio'],
    ['detectsource', 'detectSource'],
    ['nam', 'name'],
    ['ID', 'id'],
    ['detekt', 'detect'],
    ['recording', 'record'],
    ['videoConfig', undefined],
    ['url', undefined],
    ['x', undefined],
    ['', undefined],
    ['a'.repeat(100_000), undefined],
  ])('%.20s is near %s', (word, key) => {
    expect(nearest(word, keys)).toBe(key);
  });

  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'abd', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('%s and %s are %d apart', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

describe('spansArea', () => {
  it.each<[polygon: [number, number][], spans: boolean]>([
    [
      [
        [0, 0],
        [1, 0],
        [1, 1],
      ],
      true,
    ],
    [
      [
        [0, 0],
        [1, 1],
        [1, 0],
      ],
      true,
    ],
    [
      [
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 1],
      ],
      true,
    ],
    [
      [
        [0, 0],
        [0.5, 0.5],
        [1, 1],
      ],
      false,
    ],
    [
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      false,
    ],
    [
      [
        [0, 0],
        [0.05, 0],
        [0, 0.05],
      ],
      false,
    ],
    [[], false],
  ])('%j: %s', (polygon, spans) => {
    expect(spansArea(polygon)).toBe(spans);
  });
});

describe('namesakes', () => {
  it('are all but the first of a name, without the masks', () => {
    const zone = (name: string, purpose = 'notice') => ({ name, purpose });
    expect(namesakes([zone('A'), zone('b'), zone('a'), zone('A', 'mask'), zone('B', 'ignore'), zone('c')])).toEqual([
      2, 4,
    ]);
  });
});
