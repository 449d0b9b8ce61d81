import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Talk, type Talker } from '../../../src/camera/talk/talk.js';
import { type Backchannel, talkTarget } from '../../../src/camera/talk/target.js';
import { findFfmpeg, type Ffmpeg } from '../../../src/media/ffmpeg/capabilities.js';
import { opusFormat } from '../../../src/media/rtp/opus.js';
import { parseRtp } from '../../../src/media/rtp/rtp.js';
import type { CameraSettings } from '../../../src/settings/settings.js';
import { readSettings } from '../../../src/settings/settings.js';
import { opusTone, samplesOf, TONE_LEVEL, toneOf, writeTone } from '../../peers/sound.js';
import { listeningCamera } from '../../media/rtsp/listening-camera.js';
import { httpSpeaker } from './http-speaker.js';

const PACKET_TIME = 20;
/** A second of G.711. */
const SECOND = 8000;

function settingsOf(fields: object): CameraSettings {
  const { settings, problems } = readSettings({ cameras: [{ name: 'Door', source: 'rtsp://127.0.0.1/x', ...fields }] });
  expect(problems).toEqual([]);
  const [camera] = settings.cameras;
  if (camera === undefined) throw new Error('no camera');
  return camera;
}

let ffmpeg: Ffmpeg;
let low: Buffer[];
let high: Buffer[];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookout-talk-'));
  ffmpeg = await findFfmpeg();
  low = await opusTone(500, { seconds: 1.5 });
  high = await opusTone(1000, { seconds: 1.5, packetTime: PACKET_TIME });
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** A camera's loudspeaker, with what the admin is told. `now` is on its clock. */
function loudspeaker(fields: object, ask?: () => Promise<Backchannel>, now = () => performance.now()) {
  const told: string[] = [];
  const life = new AbortController();
  const tell = (message: string): void => {
    told.push(message);
  };
  const target = talkTarget(settingsOf(fields));
  if (target === undefined) throw new Error('no way to talk');
  const talk = new Talk({
    name: 'Door',
    ...{ target, ask },
    ffmpeg,
    log: { info: tell, warn: tell, error: tell, debug: tell },
    now,
    whileOn: () => life.signal,
  });
  return { talk, told, life };
}

/** Says it in about the time that it takes. */
async function say(talker: Talker, packets: readonly Buffer[], from = 0): Promise<void> {
  for (const [at, data] of packets.entries()) {
    talker.push({ kind: 'audio', time: from + at * PACKET_TIME, data });
    await pause(PACKET_TIME / 2);
  }
}

const ULAW = ['-f', 'mulaw', '-ar', '8000', '-ac', '1'];
const ALAW = ['-f', 'alaw', '-ar', '8000', '-ac', '1'];

async function expectTone(data: Buffer, input: readonly string[], frequency: number): Promise<void> {
  const tone = toneOf(await samplesOf(data, input));
  expect(tone.frequency).toBeCloseTo(frequency, 0);
  expect(Math.abs(tone.level - TONE_LEVEL)).toBeLessThan(1);
  expect(tone.purity).toBeGreaterThan(0.95);
}

describe('what a viewer says', () => {
  it.each<[law: string, format: string, input: string[]]>([
    ['µ-law', 'm=audio 0 RTP/AVP 0', ULAW],
    ['A-law', 'm=audio 0 RTP/AVP 8', ALAW],
  ])('is heard through the backchannel in %s, and nothing is opened before or left after', async (_, format, input) => {
    await using camera = await listeningCamera({ formats: [format] });
    const { talk, told } = loudspeaker({ source: `rtsp://127.0.0.1:${camera.port}/main`, talk: 'onvif' });
    const view = new AbortController();
    const talker = talk.talker(opusFormat(1), view.signal);
    expect(camera.total).toBe(0);
    await say(talker, high);
    await camera.until(() => camera.packets.length * 160 > SECOND);
    await expectTone(Buffer.concat(camera.packets.map(({ payload }) => payload)), input, 1000);
    view.abort();
    await camera.until(() => camera.open === 0);
    expect(camera.requests.at(-1)?.method).toBe('TEARDOWN');
    await say(talker, high.slice(0, 3));
    expect([camera.total, told]).toEqual([1, []]);
  });

  it('is heard where a camera that is asked has its stream, and is told about where it cannot be asked', async () => {
    await using camera = await listeningCamera({ formats: ['m=audio 0 RTP/AVP 0'] });
    let place: Backchannel | Error = new Error('Nothing listens there: switch ONVIF on.');
    const ask = () => (place instanceof Error ? Promise.reject(place) : Promise.resolve(place));
    const { talk, told } = loudspeaker({ source: 'onvif://u:p@127.0.0.1', talk: 'onvif' }, ask);
    const views = [new AbortController(), new AbortController()] as const;
    await say(talk.talker(opusFormat(1), views[0].signal), high.slice(0, 3));
    expect(told).toEqual([
      'Door: what a viewer says is not heard at the camera. Nothing listens there: switch ONVIF on.',
    ]);
    place = { url: `rtsp://127.0.0.1:${camera.port}/main` };
    await say(talk.talker(opusFormat(1), views[1].signal), high);
    await camera.until(() => camera.packets.length * 160 > SECOND);
    await expectTone(Buffer.concat(camera.packets.map(({ payload }) => payload)), ULAW, 1000);
    for (const view of views) view.abort();
    await camera.until(() => camera.open === 0);
  });

  it('is heard where it is posted to, after a login', async () => {
    const login = { username: 'admin', password: 'p@ss' };
    await using speaker = await httpSpeaker({ login });
    const { talk, told } = loudspeaker({ talk: `http://admin:p%40ss@127.0.0.1:${speaker.port}/audio.cgi?channel=1` });
    const view = new AbortController();
    await say(talk.talker(opusFormat(1), view.signal), high);
    await speaker.until(() => speaker.heard().length > SECOND);
    await expectTone(speaker.heard(), ULAW, 1000);
    expect(speaker.requests.map(({ 'content-type': type, 'content-length': length }) => [type, length])).toEqual([
      ['audio/basic', '0'],
      ['audio/basic', '999999999'],
    ]);
    view.abort();
    await speaker.until(() => speaker.open === 0);
    expect(told).toEqual([]);
  });

  it('is posted as A-law or AAC as well, also to a camera that answers at once', async () => {
    for (const [talkCodec, input] of [
      ['pcm_alaw', ALAW],
      ['aac', ['-f', 'aac']],
    ] as const) {
      await using speaker = await httpSpeaker({ eager: true });
      const { talk } = loudspeaker({ talk: `http://127.0.0.1:${speaker.port}/`, talkCodec });
      const view = new AbortController();
      await say(talk.talker(opusFormat(1), view.signal), high);
      await speaker.until(() => speaker.heard().length > (talkCodec === 'aac' ? 1500 : SECOND));
      await expectTone(speaker.heard(), input, 1000);
      view.abort();
      await speaker.until(() => speaker.open === 0);
    }
  });

  it('is written by ffmpeg where it is told to, as RTP', async () => {
    const socket = createSocket('udp4');
    const payloads: Buffer[] = [];
    let arrived: () => void = () => undefined;
    const enough = new Promise<void>((resolve) => (arrived = resolve));
    socket.on('message', (data) => {
      const packet = parseRtp(data);
      if (packet?.payloadType === 0) payloads.push(packet.payload);
      if (payloads.length * 160 > SECOND) arrived();
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const view = new AbortController();
    const { talk } = loudspeaker({ talk: `rtp://127.0.0.1:${socket.address().port}` });
    await say(talk.talker(opusFormat(1), view.signal), high);
    await enough;
    view.abort();
    socket.close();
    await expectTone(Buffer.concat(payloads), ULAW, 1000);
  });

  it('is written by ffmpeg over RTSP, as an announcement', async () => {
    await using camera = await listeningCamera();
    const view = new AbortController();
    const { talk } = loudspeaker({ talk: `rtsp://127.0.0.1:${camera.port}/back`, talkCodec: 'pcm_alaw' });
    await say(talk.talker(opusFormat(1), view.signal), high);
    await camera.until(() => camera.packets.length * 160 > SECOND);
    await expectTone(Buffer.concat(camera.packets.map(({ payload }) => payload)), ALAW, 1000);
    view.abort();
    await camera.until(() => camera.open === 0);
    expect(camera.requests.map(({ method }) => method)).toEqual(expect.arrayContaining(['ANNOUNCE', 'SETUP', 'PLAY']));
  });

  it('is told about once a view where it cannot be heard, with camera, cause and remedy', async () => {
    await using camera = await listeningCamera({ formats: [] });
    // No time passes after which a way would be looked for again.
    const source = `rtsp://127.0.0.1:${camera.port}/main`;
    const { talk, told } = loudspeaker({ source, talk: 'onvif' }, undefined, () => 0);
    for (let view = 1; view <= 2; view++) {
      const life = new AbortController();
      const talker = talk.talker(opusFormat(1), life.signal);
      await say(talker, high.slice(0, 5));
      await camera.until(() => camera.total === view && camera.open === 0);
      await say(talker, high.slice(0, 5));
      life.abort();
    }
    expect(told).toHaveLength(2);
    expect(told[0]).toBe(
      'Door: what a viewer says is not heard at the camera. The camera at 127.0.0.1 has no ONVIF backchannel, so ' +
        'nothing can be said to it through ONVIF: set "talk" to a URL of its own for that, or to false.',
    );
  });

  it.each<[what: string, status: number, said: RegExp]>([
    ['a wrong path', 404, /The camera at \S+ answers 404: .*check the path/],
    ['no right to it', 403, /answers 403: give the user the right/],
  ])('is told about with the answer to a post: %s', async (_, status, said) => {
    await using speaker = await httpSpeaker({ status });
    const { talk, told } = loudspeaker({ talk: `http://127.0.0.1:${speaker.port}/` });
    const view = new AbortController();
    await say(talk.talker(opusFormat(1), view.signal), high.slice(0, 3));
    await speaker.until(() => speaker.requests.length > 0 && speaker.open === 0);
    while (told.length === 0) await pause(5);
    expect(told[0]).toMatch(said);
    view.abort();
  });

  it('is told about with what ffmpeg said, without the password', async () => {
    const server = createServer((socket) => socket.destroy());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const { talk, told } = loudspeaker({ talk: `rtsp://user:secret@127.0.0.1:${address.port}/back` });
    const view = new AbortController();
    await say(talk.talker(opusFormat(1), view.signal), high.slice(0, 3));
    while (told.length === 0) await pause(5);
    expect(told[0]).toMatch(/^Door: .* ffmpeg could not write to rtsp:\/\/127\.0\.0\.1:\d+\/back: .*Check "talk"/);
    view.abort();
    server.close();
    await once(server, 'close');
  });
});

describe('a loudspeaker', () => {
  it('is for one viewer at a time: another has it when the first has finished, on a connection of their own', async () => {
    await using camera = await listeningCamera();
    // The first is not silent for as long as anybody would take it for a pause.
    const source = `rtsp://127.0.0.1:${camera.port}/main`;
    const { talk, life } = loudspeaker({ source, talk: 'onvif' }, undefined, () => 0);
    const [first, second] = [new AbortController(), new AbortController()];
    const [one, other] = [talk.talker(opusFormat(1), first.signal), talk.talker(opusFormat(1), second.signal)];
    await say(one, low.slice(0, 20));
    other.push({ kind: 'audio', time: 0, data: high[0] ?? Buffer.alloc(0) });
    await camera.until(() => camera.packets.length > 10);
    expect(camera.total).toBe(1);
    const before = (): number => camera.packets.length;
    first.abort();
    await camera.until(() => camera.open === 0);
    const heard = before();
    await say(other, high);
    await camera.until(() => (camera.packets.length - heard) * 160 > SECOND);
    expect(camera.total).toBe(2);
    await expectTone(Buffer.concat(camera.packets.slice(heard).map(({ payload }) => payload)), ULAW, 1000);
    life.abort();
    await camera.until(() => camera.open === 0);
  });

  it('plays a file, at its own pace and to its end', async () => {
    const file = join(folder, 'ding.wav');
    await writeTone(file, 800, 2);
    await using camera = await listeningCamera();
    const { talk } = loudspeaker({ source: `rtsp://127.0.0.1:${camera.port}/main`, talk: 'onvif' });
    const begun = performance.now();
    await talk.play(file, new AbortController().signal);
    // Newer ffmpegs give the first half second at once.
    expect(performance.now() - begun).toBeGreaterThan(1400);
    await camera.until(() => camera.open === 0);
    expect(camera.packets.length).toBeGreaterThan(95);
    await expectTone(Buffer.concat(camera.packets.map(({ payload }) => payload)), ULAW, 800);
  });

  it('ends a file when it is told to, or when a viewer speaks', async () => {
    const file = join(folder, 'long.wav');
    await writeTone(file, 800, 30);
    await using camera = await listeningCamera();
    const { talk } = loudspeaker({ source: `rtsp://127.0.0.1:${camera.port}/main`, talk: 'onvif' });
    const life = new AbortController();
    const playing = talk.play(file, life.signal);
    await camera.until(() => camera.packets.length > 5);
    life.abort();
    await playing;
    await camera.until(() => camera.open === 0);
    const again = talk.play(file, new AbortController().signal);
    await camera.until(() => camera.total === 2 && camera.open === 1);
    const view = new AbortController();
    await say(talk.talker(opusFormat(1), view.signal), high.slice(0, 5));
    await again;
    await camera.until(() => camera.total === 3);
    view.abort();
    await camera.until(() => camera.open === 0);
  });

  it('says that a file cannot be played', async () => {
    await using camera = await listeningCamera();
    const { talk } = loudspeaker({ source: `rtsp://127.0.0.1:${camera.port}/main`, talk: 'onvif' });
    await expect(talk.play(join(folder, 'missing.wav'), new AbortController().signal)).rejects.toThrow(
      /No such file or directory/,
    );
    await camera.until(() => camera.open === 0);
  });
});
