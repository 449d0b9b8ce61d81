import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { ask } from '../../src/control/client.js';
import { ringSchema } from '../../src/control/messages.js';
import { listeningCamera, type ListeningCamera } from '../media/rtsp/listening-camera.js';
import { httpSpeaker, type HttpSpeaker } from '../camera/talk/http-speaker.js';
import { footage } from '../peers/footage.js';
import { startRtspServer } from '../peers/rtsp-server.js';
import { opusTone, samplesOf, TONE_LEVEL, toneOf, writeTone } from '../peers/sound.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';
import { AUDIO_PAYLOAD_TYPE } from './harness/stream-messages.js';
import { poll } from './harness/until.js';
import { Viewer } from './harness/viewer.js';

const PACKET_TIME = 20;
const TICKS = 480;
/** Packets, 20 s. */
const LONGEST_TALK = 1000;
/** A second of G.711. */
const SECOND = 8000;
const ULAW = ['-f', 'mulaw', '-ar', '8000', '-ac', '1'];
const SPEAKER = '113';
const MUTE = '11A';

/** Says it as a phone does, in the time that it takes. */
async function say({ audio }: Viewer, packets: readonly Buffer[], first = 1000): Promise<void> {
  for (const [at, payload] of packets.entries()) {
    const header = {
      payloadType: AUDIO_PAYLOAD_TYPE,
      sequenceNumber: (first + at) & 0xffff,
      timestamp: (first + at) * TICKS,
    };
    audio.send(header, payload);
    await pause(PACKET_TIME - 2);
  }
}

async function expectTone(heard: Buffer, frequency: number): Promise<void> {
  const tone = toneOf(await samplesOf(heard, ULAW));
  expect(tone.frequency).toBeCloseTo(frequency, 0);
  expect(Math.abs(tone.level - TONE_LEVEL)).toBeLessThan(1);
  expect(tone.purity).toBeGreaterThan(0.9);
}

describe('talking back', () => {
  const stack = new AsyncDisposableStack();
  let home: Home;
  let camera: ListeningCamera;
  let speaker: HttpSpeaker;
  let gong: HttpSpeaker;
  let tone: Buffer[];

  beforeAll(async () => {
    const file = await footage({ width: 640, height: 360, bitrate: 400_000 });
    const server = stack.use(await startRtspServer({ file, audio: 'aac' }));
    speaker = stack.use(await httpSpeaker());
    camera = stack.use(await listeningCamera());
    tone = await opusTone(1000, { seconds: 2 });
    const talk = `http://127.0.0.1:${speaker.port}/audio`;
    gong = stack.use(await httpSpeaker());
    const gongs = `http://127.0.0.1:${gong.port}/audio`;
    const folder = mkdtempSync(join(tmpdir(), 'lookout-gong-'));
    stack.defer(() => {
      rmSync(folder, { recursive: true });
    });
    const sound = join(folder, 'gong.wav');
    await writeTone(sound, 880, 1.5);
    home = stack.use(
      await Home.start([
        { name: 'Post', source: server.url(), talk },
        { name: 'Radio', source: server.url(), talk, talkHalfDuplex: true },
        // Its picture never comes: what is looked at here is the way back.
        { name: 'Onvif', source: `rtsp://127.0.0.1:${camera.port}/main`, talk: 'onvif' },
        { name: 'Dumb', source: server.url() },
        { name: 'Gong', source: server.url(), type: 'doorbell', talk: gongs, doorbell: { sound } },
      ]),
    );
    for (const name of ['Post', 'Radio', 'Dumb']) (await home.connectOnline(name)).close();
  }, SETUP_TIMEOUT);

  afterAll(() => stack.disposeAsync());

  it('is how a doorbell sounds at the camera when somebody rings', async () => {
    const folder = join(home.hub.storage, 'lookout');
    expect(await ask({ request: 'ring', camera: 'gong' }, ringSchema, { folder })).toMatchObject({ verdict: 'rings' });
    await gong.until(() => gong.heard().length >= SECOND);
    await poll('the end of the sound', () => (gong.open === 0 ? true : undefined), 10_000);
    await expectTone(gong.heard(), 880);
  });

  it('is offered to HomeKit where the camera can be talked to, and nowhere else', async () => {
    using post = await home.connect('Post');
    using dumb = await home.connect('Dumb');
    expect([post.services(SPEAKER).length, dumb.services(SPEAKER).length]).toEqual([1, 0]);
  });

  it('is heard where it is posted to, by one viewer after another; nothing is opened before or left after', async () => {
    using phone = await home.connectOnline('Post');
    for (let turn = 0; turn < 2; turn++) {
      const before = speaker.requests.length;
      const heard = speaker.heard().length;
      const viewer = await Viewer.open(phone);
      await viewer.firstKeyframe();
      expect(speaker.requests).toHaveLength(before);
      await say(viewer, tone);
      await speaker.until(() => speaker.heard().length - heard > SECOND);
      await expectTone(speaker.heard().subarray(heard), 1000);
      await viewer.end();
      await speaker.until(() => speaker.open === 0);
      await poll('the end of the encoder', () => quiet(home) || undefined, 5000);
    }
  });

  it('is heard through the ONVIF backchannel of a camera that shows nothing', async () => {
    using phone = await home.connect('Onvif');
    const described = (): number =>
      camera.requests.filter(({ method, uri }) => method === 'SETUP' && uri.endsWith('/back')).length;
    const viewer = await Viewer.open(phone);
    expect(described()).toBe(0);
    await say(viewer, tone);
    await camera.until(() => camera.packets.length * 160 > SECOND);
    await expectTone(Buffer.concat(camera.packets.map(({ payload }) => payload)), 1000);
    expect(described()).toBe(1);
    await viewer.end();
    await camera.until(() => camera.requests.filter(({ method }) => method === 'TEARDOWN').length > 0);
  });

  it('mutes the camera while somebody talks, where it is half-duplex', async () => {
    using phone = await home.connectOnline('Radio');
    await using viewer = await Viewer.open(phone);
    await viewer.until('sound', () => viewer.audio.packets[10]);
    // From when the hub hears the talk on, nothing comes for a second of what the loudspeaker hears of it.
    let quiet = { packets: -1, heard: 0 };
    for (let at = 0; quiet.packets < 0 || speaker.heard().length - quiet.heard < SECOND; at++) {
      const packets = viewer.audio.packets.length;
      if (packets !== quiet.packets) quiet = { packets, heard: speaker.heard().length };
      expect(at).toBeLessThan(LONGEST_TALK);
      await say(viewer, [tone[at % tone.length] ?? Buffer.alloc(0)], 1000 + at);
    }
    const during = viewer.audio.packets.length;
    await viewer.until('sound after the talk', () => viewer.audio.packets[during + 20]);
  });

  it('is not heard while the loudspeaker is muted in HomeKit', async () => {
    using phone = await home.connectOnline('Post');
    const { iid } = phone.find(SPEAKER, MUTE);
    await using viewer = await Viewer.open(phone);
    await viewer.firstKeyframe();
    await phone.put(iid, true);
    const before = speaker.requests.length;
    await say(viewer, tone.slice(0, 20));
    expect(speaker.requests).toHaveLength(before);
    await phone.put(iid, false);
    await say(viewer, tone.slice(20), 2000);
    await speaker.until(() => speaker.requests.length > before);
  });

  it('withstands whatever comes to its port', async () => {
    using phone = await home.connectOnline('Post');
    await using viewer = await Viewer.open(phone);
    await viewer.firstKeyframe();
    const before = speaker.requests.length;
    for (const raw of fc.sample(fc.uint8Array({ maxLength: 1500 }), 300)) viewer.audio.sendRaw(Buffer.from(raw));
    // Authentic, and nonsense: no sound, lengths that are none, another payload type, silence.
    const nonsense = [Buffer.alloc(0), Buffer.from([3]), Buffer.from([255, 63]), Buffer.from([251, 0, 1, 2])];
    for (const [at, payload] of nonsense.entries()) {
      viewer.audio.send({ payloadType: AUDIO_PAYLOAD_TYPE, sequenceNumber: at, timestamp: 0 }, payload);
      viewer.audio.send({ payloadType: 13, sequenceNumber: at + 100, timestamp: 0 }, randomBytes(40));
    }
    await viewer.until('more pictures', () => viewer.pictures[30]);
    expect(speaker.requests).toHaveLength(before);
    // Opus of any bytes is for ffmpeg to refuse.
    for (let at = 0; at < 50; at++) {
      const payload = Buffer.concat([Buffer.from([0x48]), randomBytes(60)]);
      viewer.audio.send({ payloadType: AUDIO_PAYLOAD_TYPE, sequenceNumber: 500 + at, timestamp: at * TICKS }, payload);
    }
    await say(viewer, tone, 20_000);
    await speaker.until(() => speaker.requests.length > before);
  });
});

/** Whether no encoder of talk is left: they alone read NUT and write G.711. */
const quiet = (home: Home): boolean => !home.hub.children().some(({ command }) => command.includes('pcm_mulaw'));
