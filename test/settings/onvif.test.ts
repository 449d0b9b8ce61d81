import { readFileSync } from 'node:fs';
import { onvifAccess } from '../../src/camera/onvif/access.js';
import { secretsOf } from '../../src/settings/secrets.js';
import { readSettings } from '../../src/settings/settings.js';

/** One camera with these fields: what it is asked for, and what is said of it. */
function asked(fields: object) {
  const raw = { cameras: [{ name: 'Door', source: 'rtsp://u:p@192.168.1.20:8554/main', ...fields }] };
  const { settings, problems } = readSettings(raw);
  const [camera] = settings.cameras;
  return { camera, access: camera && onvifAccess(camera), messages: problems.map(({ message }) => message) };
}

const LOGIN = { username: 'u', password: 'p' };
const PLAIN = { host: '192.168.1.20', port: undefined, tls: false, ...LOGIN };

describe('a camera is asked', () => {
  it.each<[fields: object, access: object | undefined]>([
    [{}, undefined],
    [{ source: '/clip.mp4' }, undefined],
    // What a form leaves behind.
    [{ onvif: { enabled: false, events: true, trust: false, presets: [] } }, undefined],
    [{ onvif: { enabled: false, presets: ['Gate'] } }, { address: PLAIN }],
    [{ onvif: { enabled: false, address: 'http://192.168.1.21' } }, { address: { host: '192.168.1.21' } }],
    [{ onvif: { enabled: true } }, { address: PLAIN, streams: false, events: true }],
    [{ onvif: { trust: true } }, { address: PLAIN, events: true, channel: undefined }],
    [{ onvif: { channel: 2 } }, { address: PLAIN, events: true, channel: 2 }],
    [{ onvif: { presets: ['Gate'], events: false } }, { address: PLAIN, events: false }],
    [
      { onvif: { username: 'onvif', password: 'other' } },
      { address: { ...PLAIN, username: 'onvif', password: 'other' } },
    ],
    [{ onvif: { password: 'other' } }, { address: { ...PLAIN, password: 'other' } }],
    [
      { onvif: { address: 'https://a:b@192.168.1.21:8443/onvif/device_service' } },
      { address: { host: '192.168.1.21', port: 8443, tls: true, username: 'a', password: 'b' } },
    ],
    [{ onvif: { address: 'http://a:b%2F@192.168.1.21/device?x=1' } }, { address: { path: '/device?x=1' } }],
    [{ source: 'onvif://u:p@192.168.1.20:2020/device' }, { address: { ...PLAIN, port: 2020, path: '/device' } }],
    [{ source: 'onvif://u:p@ss:w/rd@192.168.1.20' }, { address: { ...PLAIN, password: 'p@ss:w/rd' } }],
    [{ source: 'onvif://u:p@[fe80::1%eth0]:8000' }, { address: { ...PLAIN, host: 'fe80::1%eth0', port: 8000 } }],
    [{ onvif: { address: 'http://192.168.1.21:8000' } }, { address: { ...PLAIN, host: '192.168.1.21', port: 8000 } }],
    [
      { source: '/clip.mp4', onvif: { address: 'http://192.168.1.21' } },
      { address: { host: '192.168.1.21', port: undefined, tls: false, username: undefined, password: undefined } },
    ],
    [{ source: 'onvif://u:p@192.168.1.20' }, { address: PLAIN, streams: true, events: true }],
    [{ source: 'ONVIFS://u:p@192.168.1.20:8443/' }, { address: { ...PLAIN, tls: true, port: 8443 }, streams: true }],
    [
      { source: 'onvif://u:p@192.168.1.20:8000', onvif: { enabled: false, events: false } },
      { streams: true, events: false },
    ],
    [{ source: 'onvif://u:p@ss/1@192.168.1.20' }, { address: { ...PLAIN, password: 'p@ss/1' } }],
    [{ source: 'onvif://u:p@192.168.1.20', talk: 'onvif' }, { streams: true }],
  ])('%j', (fields, access) => {
    const result = asked(fields);
    expect(result.messages.filter((message) => !message.includes('more than one way'))).toEqual([]);
    if (!JSON.stringify(fields).includes('/device')) expect(result.access?.address.path).toBeUndefined();
    if (access === undefined) expect(result.access).toBeUndefined();
    else expect(result.access).toMatchObject(access);
  });
});

describe('a fault in it', () => {
  const source = 'onvif://u:p@192.168.1.20';

  it.each([
    ['onvif://u:p@192.168.1.20', { channel: 0 }, false],
    ['onvif://u:p@192.168.1.20', { channel: 2, password: 5 }, false],
    ['onvif://u:p@192.168.1.20', { password: 5 }, true],
    ['rtsp://192.168.1.20/main', { channel: 'two' }, true],
  ])('costs %s with %j the camera where it might be another one: %s', (from, onvif, isThere) => {
    const { camera, messages } = asked({ source: from, onvif });
    expect(camera !== undefined).toBe(isThere);
    expect(messages).toHaveLength(1);
  });

  it.each<[fields: object, used: object, said: string]>([
    [
      { onvif: { address: 'rtsp://u:hunter2@192.168.1.20' } },
      { onvif: { presets: [], trust: false } },
      '"onvif.address" is "rtsp://…", expected an http:// or https:// URL; ONVIF is used for no more than the source.',
    ],
    [
      { source: '/clip.mp4', onvif: { enabled: true } },
      { onvif: { trust: false } },
      '"onvif.address" is missing, expected an http:// or https:// URL, as the source names no host; ONVIF is used for no more than the source.',
    ],
    [
      { onvif: 'yes' },
      { onvif: { events: true } },
      '"onvif" is "yes", expected an object in braces; ONVIF is used for no more than the source.',
    ],
    [
      { onvif: { password: 5 } },
      { onvif: { events: true } },
      '"onvif.password" is 5, expected a text of up to 256 characters; ONVIF is used for no more than the source.',
    ],
    [
      { onvif: { enabled: 'maybe' } },
      { onvif: { enabled: false } },
      '"onvif.enabled" is "maybe", expected true or false; ONVIF is used for no more than the source.',
    ],
    [
      { source, onvif: { events: 'maybe' } },
      { onvif: { events: false } },
      '"onvif.events" is "maybe", expected true or false; its events are not heard.',
    ],
    [
      { source, onvif: { trust: 1 } },
      { onvif: { trust: false } },
      '"onvif.trust" is 1, expected true or false; it is not believed.',
    ],
    [
      { source, onvif: { presets: 'Gate' } },
      { onvif: { presets: [] } },
      '"onvif.presets" is "Gate", expected a list of names; there are no switches for presets.',
    ],
    [
      { source, onvif: { presets: ['Gate', 5] } },
      { onvif: { presets: ['Gate'] } },
      '"onvif.presets[1]" is 5, expected a name of 1 to 64 characters; it is left out.',
    ],
    [{ onvif: { adress: 'http://h' } }, { onvif: {} }, '"onvif.adress" is no setting; did you mean "address"?'],
    [
      { source, detectSource: source },
      { detectSource: undefined },
      '"detectSource" is "onvif://…", expected an rtsp://, rtsps://, http:// or https:// URL or the path of a file; the camera does without it.',
    ],
  ])('%j', (fields, used, said) => {
    const { camera, messages } = asked(fields);
    expect({ detectSource: undefined, ...camera }).toMatchObject(used);
    expect(messages).toEqual([`Camera "Door": ${said}`]);
  });

  it('costs the camera where it is in the source', () => {
    expect(asked({ source: 'onvif://u:hunter2@192.168.1.20:0' })).toMatchObject({
      camera: undefined,
      messages: [
        'Camera "Door": "source" is "onvif://…" with a host or port that cannot be read, expected an rtsp://, rtsps://, onvif://, http:// or https:// URL or the path of a file.',
      ],
    });
  });

  it('is told with neither user name nor password', () => {
    const onvif = { username: 'houseuser', password: 'hunter2', address: 'http://admin:opensesame@192.168.1.20' };
    const secrets = secretsOf({ cameras: [{ source: 'onvif://keeper:swordfish@192.168.1.20', onvif }] });
    for (const secret of ['houseuser', 'hunter2', 'opensesame', 'keeper', 'swordfish'])
      expect(secrets.mask(`The camera refuses ${secret} now`)).toBe('The camera refuses *** now');
  });
});

it('has examples without a fault in docs/onvif.md', () => {
  const docs = readFileSync(new URL('../../docs/onvif.md', import.meta.url), 'utf8');
  const examples = [...docs.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => JSON.parse(text) as unknown);
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples) expect(readSettings(example).problems).toEqual([]);
});
