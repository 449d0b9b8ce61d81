import { readSettings, type Problem } from '../../src/settings/settings.js';

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

describe('defaults', () => {
  it.each([undefined, null, {}, { platform: 'Lookout' }, { platform: 'Lookout', cameras: [] }, { cameras: null }])(
    '%j idles',
    (raw) => {
      expect(readSettings(raw)).toEqual({
        settings: {
          name: 'Lookout',
          cameras: [],
          store: { url: 'sqlite', keepDays: 14, maxGiB: 10 },
          quiet: [],
        },
        problems: [],
      });
    },
  );

  it('fill a camera in', () => {
    expect(camera({})).toMatchObject({
      messages: [],
      camera: {
        id: 'front-door',
        name: 'Front door',
        source: { kind: 'file', url: '/clip.mp4' },
        type: 'camera',
        audio: true,
        talk: false,
        talkCodec: 'pcm_mulaw',
        talkHalfDuplex: false,
        privacySwitch: false,
        detectionSwitch: false,
        homekit: { triggerSwitch: false, trust: false },
        doorbell: { visit: 20, interval: 3, chimeSwitch: false },
        record: true,
        detect: {
          enabled: true,
          sensitivity: 50,
          hold: 10,
          alertWindow: 10,
          categories: ['person', 'vehicle', 'animal'],
          zones: [],
        },
      },
    });
    expect(camera({}).camera).not.toHaveProperty('detectSource');
  });

  it('take empty texts, null and keys with an underscore as left out', () => {
    expect(camera({ id: '', detectSource: '', talk: null, detect: null, _comment: 'x', type: '' })).toEqual(camera({}));
    const blank = { purpose: 'notice', name: '', polygon: null };
    expect(camera({ detect: { zones: [blank] } })).toEqual(camera({}));
    expect(readSettings({ _bridge: { username: 'x' }, ffmpeg: '', mqtt: { url: '', topic: 'lookout' } })).toEqual(
      readSettings({}),
    );
  });
});

describe('a full configuration', () => {
  it('is read without a word', () => {
    const zone = { name: 'Porch', polygon: SQUARE, purpose: 'notice', share: 0.5, sensor: 'occupancy' };
    const detect = {
      enabled: false,
      sensitivity: 70,
      hold: 0,
      alertWindow: 3600,
      categories: ['person', 'package'],
      zones: [{ ...zone, categories: ['person'] }],
    };
    const { settings, problems } = readSettings({
      platform: 'Lookout',
      name: 'Eyes',
      ffmpeg: '/opt/ffmpeg',
      cameras: [
        {
          id: 'Door_1',
          name: ' Front door ',
          source: 'rtsp://user:p@ss@192.168.1.20/main',
          detectSource: 'rtsp://user:p@ss@192.168.1.20/sub?udp',
          type: 'doorbell',
          doorbell: { visit: 0, interval: 60, chimeSwitch: true, sound: '/ding.wav' },
          audio: false,
          talk: 'onvif',
          record: false,
          detect,
        },
        {
          name: 'Yard',
          source: '/yard.mp4',
          talk: 'rtsp://u:p@192.168.1.21/back',
          talkCodec: 'pcm_alaw',
          talkHalfDuplex: true,
          privacySwitch: true,
          detectionSwitch: true,
          homekit: { triggerSwitch: true, trust: true },
        },
      ],
      mqtt: { url: 'mqtt://u:p#1@127.0.0.1:1883', topic: 'house/eyes', discovery: false },
      store: { url: 'postgres://u:p@db.lan/lookout', keepDays: 30, pictureDays: 20, clipDays: 7, maxGiB: 0.5 },
      quiet: [{ from: '22:00', to: '06:00' }],
    });
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({
      name: 'Eyes',
      ffmpeg: '/opt/ffmpeg',
      mqtt: {
        url: { url: 'mqtt://u:p%231@127.0.0.1:1883', display: 'mqtt://127.0.0.1:1883' },
        topic: 'house/eyes',
        discovery: false,
      },
      store: {
        url: { scheme: 'postgres', display: 'postgres://db.lan/lookout', password: 'p' },
        keepDays: 30,
        pictureDays: 20,
        clipDays: 7,
        maxGiB: 0.5,
      },
      quiet: [{ from: '22:00', to: '06:00' }],
    });
    expect(settings.cameras[0]).toMatchObject({
      id: 'Door_1',
      name: 'Front door',
      source: { password: 'p@ss', transport: 'tcp' },
      detectSource: { password: 'p@ss', transport: 'udp' },
      type: 'doorbell',
      doorbell: { visit: 0, interval: 60, chimeSwitch: true, sound: '/ding.wav' },
      audio: false,
      talk: 'onvif',
      record: false,
      detect,
    });
    expect(settings.cameras[1]).toMatchObject({
      talk: { url: 'rtsp://u:p@192.168.1.21/back' },
      talkCodec: 'pcm_alaw',
      talkHalfDuplex: true,
      privacySwitch: true,
      detectionSwitch: true,
      homekit: { triggerSwitch: true, trust: true },
    });
  });
});

describe('unknown keys', () => {
  it.each<[raw: object, message: string]>([
    [{ camera: [] }, 'Setting "camera" is no setting; did you mean "cameras"?'],
    [{ nmae: 'x' }, 'Setting "nmae" is no setting; did you mean "name"?'],
    [{ mqtt: { ulr: 'mqtt://h' } }, 'Setting "mqtt.ulr" is no setting; did you mean "url"?'],
    [{ store: { keepdays: 5 } }, 'Setting "store.keepdays" is no setting; did you mean "keepDays"?'],
    [{ frobnicate: 1 }, 'Setting "frobnicate" is no setting.'],
  ])('%j', (raw, message) => {
    expect(readSettings(raw).problems).toMatchObject([{ level: 'warning', message }]);
  });

  it.each<[fields: object, message: string]>([
    [{ Audio: true }, 'Camera "Front door": "Audio" is no setting; did you mean "audio"?'],
    [
      { detect: { sensitivty: 5 } },
      'Camera "Front door": "detect.sensitivty" is no setting; did you mean "sensitivity"?',
    ],
  ])('of a camera: %j', (fields, message) => {
    expect(camera(fields)).toMatchObject({ camera: { id: 'front-door' }, problems: [{ level: 'warning', message }] });
  });
});

describe('ids', () => {
  it('are taken once, whatever their case, and also by a camera with faults', () => {
    const { settings, problems } = readSettings({
      cameras: [
        { name: 'Garage', source: 'nowhere' },
        { name: 'garage!', source: '/a' },
        { id: 'GARAGE', name: 'Other', source: '/b' },
        { id: 'Own', name: 'Garage', source: '/c' },
        { name: 'Own', source: '/d' },
      ],
    });
    expect(settings.cameras.map(({ id }) => id)).toEqual(['Own']);
    expect(problems.slice(1).map(({ level, message }: Problem) => `${level}: ${message}`)).toEqual([
      'error: Camera "garage!": "id" is "garage", made from the name, like that of "Garage", expected one that no other camera has.',
      'error: Camera "Other": "id" is "GARAGE" like that of "Garage", expected one that no other camera has.',
      'error: Camera "Own": "id" is "own", made from the name, like that of "Garage", expected one that no other camera has.',
    ]);
  });
});

describe('doubtful URLs', () => {
  it('are told', () => {
    const { messages } = camera({ source: 'rtsp://admin:p@ss/x@192.168.1.20/live' });
    expect(messages).toEqual([
      'Camera "Front door": "source" can be read in more than one way, expected "@", "/", "?" and "#" in a user name or password to be written as "%40", "%2F", "%3F" and "%23".',
    ]);
    expect(readSettings({ mqtt: { url: 'mqtt://u:p@ss/x@10.0.0.5' } }).problems).toMatchObject([
      { level: 'warning', field: 'mqtt.url' },
    ]);
  });
});
