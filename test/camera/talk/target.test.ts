import { mayTakeOver, type Speaking } from '../../../src/camera/talk/floor.js';
import { talkTarget } from '../../../src/camera/talk/target.js';
import { readSettings } from '../../../src/settings/settings.js';

function target(fields: object): unknown {
  const source = 'rtsp://user:p@ss@192.168.1.20/main';
  const [camera] = readSettings({ cameras: [{ name: 'Door', source, ...fields }] }).settings.cameras;
  return camera && talkTarget(camera);
}

const G711 = { codec: 'pcm_mulaw', sampleRate: 8000, channels: 1 };

describe('where what is said goes', () => {
  it.each<[fields: object, expected: unknown]>([
    [{}, undefined],
    [{ talk: false }, undefined],
    [{ source: 'onvif://u:p@192.168.1.20', talk: 'onvif' }, { kind: 'asked' }],
    [{ talk: 'onvif' }, { kind: 'onvif', url: 'rtsp://192.168.1.20/main', username: 'user', password: 'p@ss' }],
    [
      { talk: 'http://u:p@host/audio?x=1' },
      { kind: 'post', url: 'http://u:p@host/audio?x=1', format: G711, contentType: 'audio/basic' },
    ],
    [
      { talk: 'https://host/audio', talkCodec: 'aac' },
      {
        kind: 'post',
        url: 'https://host/audio',
        format: { codec: 'aac', sampleRate: 16_000, channels: 1 },
        contentType: 'audio/aac',
      },
    ],
    [
      { talk: 'rtsp://u:p@host/back' },
      { kind: 'ffmpeg', url: 'rtsp://u:p@host/back', display: 'rtsp://host/back', format: G711, muxer: 'rtsp' },
    ],
    [{ talk: 'rtsps://host/back' }, expect.objectContaining({ muxer: 'rtsp' })],
    [{ talk: 'rtp://host:5004' }, expect.objectContaining({ muxer: 'rtp' })],
    [{ talk: 'rtmp://host/live' }, expect.objectContaining({ muxer: 'flv' })],
    [{ talk: 'udp://host:5004' }, expect.objectContaining({ muxer: 'raw' })],
    [{ talk: 'tcp://host:5004', talkCodec: 'pcm_alaw' }, expect.objectContaining({ muxer: 'raw' })],
  ])('%j', (fields, expected) => {
    expect(target(fields)).toEqual(expected);
  });
});

describe('who may speak', () => {
  const viewer: Speaking = { kind: 'viewer', heardAt: 1000 };
  const file: Speaking = { kind: 'file', heardAt: Infinity };
  it.each<[holder: Speaking | undefined, kind: Speaking['kind'], now: number, may: boolean]>([
    [undefined, 'viewer', 1000, true],
    [undefined, 'file', 1000, true],
    [viewer, 'viewer', 1999, false],
    [viewer, 'viewer', 2000, true],
    [viewer, 'file', 1999, false],
    [viewer, 'file', 2000, true],
    [file, 'viewer', 1000, true],
    [file, 'file', 99_999, false],
  ])('%j, then a %s at %i: %s', (holder, kind, now, may) => {
    expect(mayTakeOver(holder, kind, now)).toBe(may);
  });
});
