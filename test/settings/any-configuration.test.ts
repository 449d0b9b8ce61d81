import fc from 'fast-check';
import { readSettings } from '../../src/settings/settings.js';

describe('any configuration', () => {
  const keys = fc.constantFrom(
    ...['name', 'ffmpeg', 'cameras', 'mqtt', 'store', 'quiet', 'id', 'source', 'detectSource', 'type', 'audio', 'talk'],
    ...['record', 'detect', 'enabled', 'sensitivity', 'categories', 'zones', 'polygon', 'purpose', 'sensor', 'url'],
    ...['topic', 'discovery', 'keepDays', 'maxGiB', 'from', 'to', '__proto__', 'constructor', 'toString', 'x'],
    ...['hold', 'alertWindow', 'share', 'doorbell', 'visit', 'interval', 'chimeSwitch', 'sound'],
  );
  const leaf = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      false,
      0,
      50,
      -1,
      1e300,
      '',
      'true',
      '70',
      'camera',
      'sqlite',
      '22:00',
      'person',
    ),
    fc.constantFrom('rtsp://u:p@cam/', 'mqtt://h', '/clip.mp4', 'onvif', 'A', '__proto__', '\ud800'),
    fc.constantFrom('notice', 'ignore', 'mask', 'motion', 'occupancy'),
    fc.string(),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc
        .array(fc.tuple(keys, tie('value')), { maxLength: 8 })
        .map(
          (entries) =>
            JSON.parse(
              `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${JSON.stringify(inner)}`).join()}}`,
            ) as unknown,
        ),
    ),
  }));

  it('is read without throwing, in whole sentences', () => {
    const cameras = fc.array(
      fc
        .array(fc.tuple(keys, value), { maxLength: 8 })
        .map((entries) => Object.fromEntries<unknown>([['name', 'A'], ['source', '/a'], ...entries])),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(
        fc.oneof(value, fc.record({ cameras, mqtt: value, store: value, quiet: value }), fc.jsonValue()),
        (raw) => {
          const before = JSON.stringify(raw);
          const { settings, problems } = readSettings(raw);
          expect(JSON.stringify(raw)).toBe(before);
          for (const { message } of problems) expect(message).toMatch(/^(?:Camera|Setting|The configuration) .*[.?]$/u);
          expect(new Set(settings.cameras.map(({ id }) => id.toLowerCase())).size).toBe(settings.cameras.length);
          for (const { id } of settings.cameras) expect(id).toMatch(/^[\w-]+$/);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    [
      'circular',
      () => {
        const circle: Record<string, unknown> = {};
        circle['cameras'] = [circle];
        return circle;
      },
    ],
    ['very deep', () => JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`) as unknown],
    [
      'deep in a camera',
      () => ({ cameras: [JSON.parse(`${'{"detect":'.repeat(3000)}1${'}'.repeat(3000)}`) as unknown] }),
    ],
    ['no JSON', () => ({ cameras: 5n })],
    [
      'hostile',
      () => ({
        toJSON: () => {
          throw new Error('no');
        },
      }),
    ],
    ['wide', () => ({ cameras: Array.from({ length: 5000 }, () => ({ x: 1 })) })],
  ])('that is %s is answered', (_, raw) => {
    expect(readSettings(raw()).settings.cameras).toEqual([]);
  });

  it('gives no password away', () => {
    const hostile = fc.string({
      unit: fc.constantFrom(...Array.from('@:#=%/?&;+ äß"\'\\{}()[]<>|^~`$!*,xyzXY789._-')),
      minLength: 4,
      maxLength: 20,
    });
    const scheme = fc.constantFrom('rtsp', 'ftp', 'mqtt', 'x', '');
    const spoil = fc.constantFrom('', '\n', ':99999', 'x'.repeat(5000));
    fc.assert(
      fc.property(hostile, scheme, spoil, fc.boolean(), (password, prefix, spoiled, encoded) => {
        const written = encoded ? encodeURIComponent(password) : password;
        const url = `${prefix === '' ? '' : `${prefix}://`}admin:${written}@192.168.1.20${spoiled}/live`;
        const { problems } = readSettings({
          name: [url],
          [url]: 1,
          cameras: [
            { name: 'A', source: url, detectSource: url, talk: url, type: url, id: url, [url]: url },
            { name: 'B', source: '/b', detect: { categories: [url], sensitivity: url, zones: [url] } },
          ],
          mqtt: { url, topic: url },
          store: { url, keepDays: url },
          quiet: [{ from: url, to: url }],
        });
        for (const { message, field } of problems) {
          expect(message + field).not.toContain(password);
          expect(message + field).not.toContain(encodeURIComponent(password));
        }
      }),
      { numRuns: 500 },
    );
  });
});
