import { readSettings } from '../../src/settings/settings.js';

const SQUARE = [
  [0, 0],
  [1, 0],
  [1, 1],
];

/** One camera with these fields, and what is said of it. */
function camera(fields: object) {
  const { settings, problems } = readSettings({
    platform: 'Lookout',
    cameras: [{ name: 'Front door', source: '/clip.mp4', ...fields }],
  });
  return { camera: settings.cameras[0], problems, messages: problems.map(({ message }) => message) };
}

describe('a fault that costs the camera', () => {
  it.each<[fields: object, said: string]>([
    [
      { source: undefined },
      '"source" is missing, expected an rtsp://, rtsps://, onvif://, http:// or https:// URL or the path of a file.',
    ],
    [
      { source: 'ftp://u:hunter2@h/' },
      '"source" is "ftp://…", expected an rtsp://, rtsps://, onvif://, http:// or https:// URL or the path of a file.',
    ],
    [
      { source: ['rtsp://u:hunter2@h/'] },
      '"source" is a list, expected an rtsp://, rtsps://, onvif://, http:// or https:// URL or the path of a file.',
    ],
    [
      { id: 'front door' },
      '"id" is "front door", expected up to 64 letters, digits, "-" and "_" (a to z), of which the first is a letter or a digit.',
    ],
    [
      { id: '../x' },
      '"id" is "../x", expected up to 64 letters, digits, "-" and "_" (a to z), of which the first is a letter or a digit.',
    ],
    [
      { id: 7 },
      '"id" is 7, expected up to 64 letters, digits, "-" and "_" (a to z), of which the first is a letter or a digit.',
    ],
    [{ type: 'dorbell' }, '"type" is "dorbell", expected "camera" or "doorbell".'],
    [{ record: 'maybe' }, '"record" is "maybe", expected true or false.'],
    [{ record: 'constructor' }, '"record" is "constructor", expected true or false.'],
    [{ detect: false }, '"detect" is false, expected an object in braces.'],
    [{ detect: { zones: {} } }, '"detect.zones" is an object, expected a list of zones.'],
    [{ detect: { zones: [5] } }, '"detect.zones[0]" is 5, expected an object in braces.'],
    [
      { detect: { zones: [{ name: 'A', polygon: SQUARE, purpose: 'maks' }] } },
      '"detect.zones[0].purpose" is "maks", expected "notice", "ignore" or "mask".',
    ],
    [
      {
        detect: {
          zones: [
            {
              name: 'A',
              polygon: [
                [0, 0],
                [2, 2],
                [3, 3],
              ],
              purpose: 'mask',
            },
          ],
        },
      },
      '"detect.zones[0].polygon[1][0]" is 2, expected a list of 3 to 64 points [x, y] between [0, 0] and [1, 1] that span an area.',
    ],
  ])('%j', (fields, said) => {
    expect(camera(fields)).toMatchObject({
      camera: undefined,
      problems: [{ level: 'error', camera: 'Front door', message: `Camera "Front door": ${said}` }],
    });
  });

  it.each<[entry: unknown, camera: string, message: string]>([
    [5, 'camera 2', 'Camera 2 is 5, expected an object in braces.'],
    [null, 'camera 2', 'Camera 2 is missing, expected an object in braces.'],
    [[], 'camera 2', 'Camera 2 is a list, expected an object in braces.'],
    [{ source: '/a' }, 'camera 2', 'Camera 2: "name" is missing, expected a name of 1 to 64 characters.'],
    [{ name: ' ', source: '/a' }, 'camera 2', 'Camera 2: "name" is " ", expected a name of 1 to 64 characters.'],
    [{ name: ['A'], source: '/a' }, 'camera 2', 'Camera 2: "name" is a list, expected a name of 1 to 64 characters.'],
    [
      { name: 'B"\n', id: '#', source: '/a' },
      'B"',
      'Camera "B\\"": "id" is "#", expected up to 64 letters, digits, "-" and "_" (a to z), of which the first is a letter or a digit.',
    ],
  ])('is told of %j, and the others start', (entry, name, message) => {
    const { settings, problems } = readSettings({
      cameras: [{ name: 'A', source: '/a' }, entry, { name: 'C', source: '/c' }],
    });
    expect(settings.cameras.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(problems).toMatchObject([{ level: 'error', camera: name, message }]);
  });

  it('is told with all the others', () => {
    expect(
      camera({ source: 5, type: 5, audoi: true, audio: 5 })
        .problems.map(({ field }) => field)
        .sort(),
    ).toEqual(['audio', 'audoi', 'source', 'type']);
  });
});

describe('a fault that does not cost the camera', () => {
  it.each<[fields: object, used: object, said: string]>([
    [
      { detectSource: 'x' },
      { detectSource: undefined },
      '"detectSource" is a text that begins with neither a scheme such as "rtsp://" nor a "/", expected an rtsp://, rtsps://, http:// or https:// URL or the path of a file; the camera does without it.',
    ],
    [{ audio: 'loud' }, { audio: false }, '"audio" is "loud", expected true or false; the sound stays off.'],
    [{ audio: ' FALSE' }, { audio: false }, '"audio" is " FALSE", expected true or false; false is used.'],
    [{ audio: 'true' }, { audio: true }, '"audio" is "true", expected true or false; true is used.'],
    [
      { talk: true },
      { talk: false },
      '"talk" is true, expected "onvif", a URL that ffmpeg can write to, or false; talking back stays off.',
    ],
    [
      { talk: 'ovnif' },
      { talk: false },
      '"talk" is a text that begins with neither a scheme such as "rtsp://" nor a "/", expected "onvif", a URL that ffmpeg can write to, or false; talking back stays off.',
    ],
    [
      { source: '/clip.mp4', talk: 'onvif' },
      { talk: false },
      '"talk" is "onvif", expected a URL or false, as the source is not RTSP; talking back stays off.',
    ],
    [
      { talkCodec: 'g711' },
      { talkCodec: 'pcm_mulaw' },
      '"talkCodec" is "g711", expected "pcm_mulaw", "pcm_alaw" or "aac"; the default is used.',
    ],
    [
      { privacySwitch: 'on' },
      { privacySwitch: true },
      '"privacySwitch" is "on", expected true or false; there is the switch.',
    ],
    [
      { detectionSwitch: 1 },
      { detectionSwitch: false },
      '"detectionSwitch" is 1, expected true or false; there is no such switch.',
    ],
    [
      { homekit: { triggerSwitch: 'on', trust: true } },
      { homekit: { triggerSwitch: false, trust: true } },
      '"homekit.triggerSwitch" is "on", expected true or false; there is no such switch.',
    ],
    [
      { homekit: { triggerSwitch: true, trust: 1 } },
      { homekit: { triggerSwitch: true, trust: false } },
      '"homekit.trust" is 1, expected true or false; it is not believed.',
    ],
    [
      { homekit: true },
      { homekit: { triggerSwitch: false, trust: false } },
      '"homekit" is true, expected an object in braces; there is no such switch.',
    ],
    [
      { talk: {} },
      { talk: false },
      '"talk" is an object, expected "onvif", a URL that ffmpeg can write to, or false; talking back stays off.',
    ],
    [
      { doorbell: 5 },
      { doorbell: { visit: 20 } },
      '"doorbell" is 5, expected an object in braces; the default is used.',
    ],
    [
      { doorbell: { visit: 121 } },
      { doorbell: { visit: 20 } },
      '"doorbell.visit" is 121, expected a whole number from 0 to 120; the default is used.',
    ],
    [
      { doorbell: { interval: -1 } },
      { doorbell: { interval: 3 } },
      '"doorbell.interval" is -1, expected a whole number from 0 to 60; the default is used.',
    ],
    [
      { doorbell: { chimeSwitch: 'yes' } },
      { doorbell: { chimeSwitch: false } },
      '"doorbell.chimeSwitch" is "yes", expected true or false; there is no such switch.',
    ],
    [
      { doorbell: { sound: 'ding.wav' } },
      { doorbell: { visit: 20, interval: 3, chimeSwitch: false } },
      '"doorbell.sound" is "ding.wav", expected the absolute path of a sound file; no sound is played.',
    ],
    [
      { detect: { enabled: 2 } },
      { detect: { enabled: true } },
      '"detect.enabled" is 2, expected true or false; the default is used.',
    ],
    [
      { detect: { sensitivity: 101 } },
      { detect: { sensitivity: 50 } },
      '"detect.sensitivity" is 101, expected a whole number from 0 to 100; the default is used.',
    ],
    [
      { detect: { sensitivity: 3.5 } },
      { detect: { sensitivity: 50 } },
      '"detect.sensitivity" is 3.5, expected a whole number from 0 to 100; the default is used.',
    ],
    [
      { detect: { sensitivity: '70' } },
      { detect: { sensitivity: 70 } },
      '"detect.sensitivity" is "70", expected a whole number from 0 to 100; 70 is used.',
    ],
    [
      { detect: { categories: 'person' } },
      { detect: { categories: ['person', 'vehicle', 'animal'] } },
      '"detect.categories" is "person", expected a list of categories; the default is used.',
    ],
    [
      { detect: { categories: ['person', 'dog'] } },
      { detect: { categories: ['person'] } },
      '"detect.categories[1]" is "dog", expected "person", "vehicle", "animal" or "package"; it is left out.',
    ],
    [
      { detect: { categories: ['dog'] } },
      { detect: { categories: ['person', 'vehicle', 'animal'] } },
      '"detect.categories[0]" is "dog", expected "person", "vehicle", "animal" or "package"; it is left out.',
    ],
    [
      { detect: { hold: -1 } },
      { detect: { hold: 10 } },
      '"detect.hold" is -1, expected a whole number from 0 to 300; the default is used.',
    ],
    [
      { detect: { hold: '20' } },
      { detect: { hold: 20 } },
      '"detect.hold" is "20", expected a whole number from 0 to 300; 20 is used.',
    ],
    [
      { detect: { alertWindow: 3601 } },
      { detect: { alertWindow: 10 } },
      '"detect.alertWindow" is 3601, expected a whole number from 0 to 3600; the default is used.',
    ],
    [
      { detect: { alertWindow: '1 min' } },
      { detect: { alertWindow: 10 } },
      '"detect.alertWindow" is "1 min", expected a whole number from 0 to 3600; the default is used.',
    ],
    ...[1, 'occupied', {}].map((sensor): [fields: object, used: object, said: string] => [
      { detect: { zones: [{ name: 'A', polygon: SQUARE, sensor }] } },
      { detect: { zones: [{ sensor: false }] } },
      `"detect.zones[0].sensor" is ${typeof sensor === 'object' ? 'an object' : JSON.stringify(sensor)}, expected true, false, "motion" or "occupancy"; the zone gets no sensor.`,
    ]),
    [
      { detect: { zones: [{ name: 'A', polygon: SQUARE, sensor: 'True' }] } },
      { detect: { zones: [{ sensor: 'motion' }] } },
      '"detect.zones[0].sensor" is "True", expected true, false, "motion" or "occupancy"; true is used.',
    ],
    [
      { detect: { zones: [{ name: 'A', polygon: SQUARE, purpose: 'ignore', sensor: true }] } },
      { detect: { zones: [{ name: 'A', purpose: 'ignore', sensor: false }] } },
      '"detect.zones[0].sensor" is true, expected false for a zone that alerts nobody; the zone gets no sensor.',
    ],
    [
      { detect: { zones: [{ name: 'A', polygon: SQUARE, purpose: 'mask', sensor: 'occupancy' }] } },
      { detect: { zones: [{ name: 'A', purpose: 'mask', sensor: false }] } },
      '"detect.zones[0].sensor" is "occupancy", expected false for a zone that alerts nobody; the zone gets no sensor.',
    ],
    [
      { detect: { zones: [{ name: 'A', polygon: SQUARE, purpose: 'mask', sensor: 5 }] } },
      { detect: { zones: [{ name: 'A', purpose: 'mask', sensor: false }] } },
      '"detect.zones[0].sensor" is 5, expected true, false, "motion" or "occupancy"; the zone gets no sensor.',
    ],
    [
      { detect: { zones: [{ name: 'A', polygon: SQUARE, share: 0 }] } },
      { detect: { zones: [{ name: 'A' }] } },
      '"detect.zones[0].share" is 0, expected a number from 0.01 to 1; the default is used.',
    ],
    [
      { detect: { zones: [{ name: 'A', polygon: SQUARE, purpose: 'mask', share: '50 %' }] } },
      { detect: { zones: [{ name: 'A', purpose: 'mask' }] } },
      '"detect.zones[0].share" is "50 %", expected a number from 0.01 to 1; the default is used.',
    ],
    [
      { detect: { zones: [{ name: 'A', polygon: SQUARE, share: '.5' }] } },
      { detect: { zones: [{ name: 'A' }] } },
      '"detect.zones[0].share" is ".5", expected a number from 0.01 to 1; the default is used.',
    ],
    [
      { detect: { zones: [{ name: 'A', polygon: SQUARE, share: '0.5' }] } },
      { detect: { zones: [{ name: 'A', share: 0.5 }] } },
      '"detect.zones[0].share" is "0.5", expected a number from 0.01 to 1; 0.5 is used.',
    ],
    [
      { detect: { zones: [{ name: 'A', polygon: SQUARE, categories: 1 }] } },
      { detect: { zones: [{ name: 'A' }] } },
      '"detect.zones[0].categories" is 1, expected a list of categories; the default is used.',
    ],
    [
      { detect: { zones: [{ polygon: SQUARE }] } },
      { detect: { zones: [] } },
      '"detect.zones[0].name" is missing, expected a name of 1 to 64 characters; the zone is left out.',
    ],
    [
      {
        detect: {
          zones: [
            {
              name: 'A',
              purpose: 'ignore',
              polygon: [
                [0, 0],
                [0.5, 0.5],
                [1, 1],
              ],
            },
          ],
        },
      },
      { detect: { zones: [] } },
      '"detect.zones[0].polygon" is a list, expected a list of 3 to 64 points [x, y] between [0, 0] and [1, 1] that span an area; the zone is left out.',
    ],
  ])('%j', (fields, used, said) => {
    const result = camera(fields);
    expect({ detectSource: undefined, ...result.camera }).toMatchObject(used);
    expect(result.messages).toEqual([`Camera "Front door": ${said}`]);
  });

  it('takes a sensor and a share as they are meant', () => {
    const given = [true, false, 'motion', 'occupancy', undefined];
    const zones = given.map((sensor, nth) => ({ name: `Z${nth}`, polygon: SQUARE, sensor, share: (nth + 1) / 5 }));
    const { camera: read, messages } = camera({ detect: { zones } });
    expect(messages).toEqual([]);
    expect(read?.detect.zones.map(({ sensor }) => sensor)).toEqual(['motion', false, 'motion', 'occupancy', false]);
    expect(read?.detect.zones.map(({ share }) => share)).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
    expect(camera({ detect: { zones: [{ name: 'A', polygon: SQUARE }] } }).camera?.detect.zones[0]).toEqual({
      name: 'A',
      polygon: SQUARE,
      purpose: 'notice',
      sensor: false,
    });
  });

  it('numbers zones as they were written', () => {
    const { camera: read, problems } = camera({
      detect: {
        zones: [
          { name: 'A' },
          { name: 'B', polygon: SQUARE },
          { name: 'C', polygon: SQUARE, sensors: true },
          { name: 'b', polygon: SQUARE },
          { name: 'B', polygon: SQUARE, purpose: 'mask' },
        ],
      },
    });
    expect(read?.detect.zones.map(({ name }) => name)).toEqual(['B', 'C', 'B']);
    expect(problems.map(({ field }) => field)).toEqual([
      'detect.zones[0].polygon',
      'detect.zones[2].sensors',
      'detect.zones[3].name',
    ]);
  });
});

describe('a fault of the platform', () => {
  it.each<[fields: object, used: object, message: string]>([
    [
      { name: 5 },
      { name: 'Lookout' },
      'Setting "name" is 5, expected a name of 1 to 64 characters; the default is used.',
    ],
    [{ ffmpeg: {} }, {}, 'Setting "ffmpeg" is an object, expected the path of an ffmpeg; another one is looked for.'],
    [{ cameras: {} }, { cameras: [] }, 'Setting "cameras" is an object, expected a list of cameras; there are none.'],
    [{ mqtt: 'mqtt://h' }, {}, 'Setting "mqtt" is "mqtt://h", expected an object in braces; there is no MQTT.'],
    [
      { mqtt: { url: 'http://u:hunter2@h' } },
      {},
      'Setting "mqtt.url" is "http://…", expected an mqtt://, mqtts://, ws:// or wss:// URL; there is no MQTT.',
    ],
    [
      { mqtt: { url: 'mqtt://h', topic: 'a/#' } },
      {},
      'Setting "mqtt.topic" is "a/#", expected a topic of up to 200 characters without spaces, "+" and "#", and without "/" at its ends; there is no MQTT.',
    ],
    [
      { mqtt: { url: 'mqtt://h', discovery: 5 } },
      { mqtt: { discovery: false } },
      'Setting "mqtt.discovery" is 5, expected true or false; nothing is announced.',
    ],
    [
      { store: { url: 'mysql://u:hunter2@h' } },
      { store: { url: 'sqlite' } },
      'Setting "store.url" is "mysql://…", expected "sqlite" or a postgres:// URL; the default is used.',
    ],
    [
      { store: { keepDays: 'long' } },
      { store: { keepDays: 36500, maxGiB: 10 } },
      'Setting "store.keepDays" is "long", expected a whole number from 1 to 36500; no event is deleted for its age until this is mended.',
    ],
    [
      { store: { keepDays: 30, clipDays: 0 } },
      { store: { keepDays: 30, maxGiB: 10 } },
      'Setting "store.clipDays" is 0, expected a whole number from 1 to 36500; clips are kept as long as their events.',
    ],
    [
      { store: { keepDays: 30, pictureDays: 'few' } },
      { store: { keepDays: 30, maxGiB: 10 } },
      'Setting "store.pictureDays" is "few", expected a whole number from 1 to 36500; pictures are kept as long as their events.',
    ],
    [
      { store: { maxGiB: 0 } },
      { store: { keepDays: 14, maxGiB: 100000 } },
      'Setting "store.maxGiB" is 0, expected a number from 0.1 to 100000; nothing is deleted for want of space until this is mended.',
    ],
    [
      { store: 5 },
      { store: { url: 'sqlite', keepDays: 36500, maxGiB: 100000 } },
      'Setting "store" is 5, expected an object in braces; nothing is deleted until this is mended.',
    ],
    [{ quiet: '22:00' }, { quiet: [] }, 'Setting "quiet" is "22:00", expected a list of times; the default is used.'],
    [
      { quiet: [{ from: '22:00', to: '6' }] },
      { quiet: [] },
      'Setting "quiet[0].to" is "6", expected a time of day from "00:00" to "23:59"; it is left out.',
    ],
    [
      { quiet: [{ from: '22:00', to: '22:00' }] },
      { quiet: [] },
      'Setting "quiet[0].to" is "22:00", expected a time of day other than "from"; it is left out.',
    ],
  ])('%j', (fields, used, message) => {
    const { settings, problems } = readSettings({ cameras: [], ...fields });
    expect(settings).toMatchObject(used);
    if (!('mqtt' in used)) expect(settings).not.toHaveProperty('mqtt');
    expect(problems.map((problem) => problem.message)).toEqual([message]);
  });

  it.each([5, 'x', [], true])('%j is no configuration', (raw) => {
    expect(readSettings(raw)).toMatchObject({
      settings: { cameras: [] },
      problems: [{ level: 'error', message: 'The configuration is no JSON object, expected an object.' }],
    });
  });
});
