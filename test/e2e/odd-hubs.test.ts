import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { footage } from '../peers/footage.js';
import { startRtspServer } from '../peers/rtsp-server.js';
import { type Controller, HAP } from './harness/controller.js';
import { DataStream } from './harness/data-stream.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';
import { HubRecording, switchOnRecording } from './harness/recorder.js';
import { RECORDING, selectRecording } from './harness/recording-messages.js';
import { recordedPictures } from './harness/recorded.js';
import {
  type Endpoints,
  endStream,
  reconfigureStream,
  setupEndpoints,
  startStream,
} from './harness/stream-messages.js';
import { Viewer } from './harness/viewer.js';

/** `HDSProtocolSpecificErrorReason`. */
const BUSY = 2;
const NORMAL = 0;
const PROTOCOL_ERROR = 8;
const FRAGMENT_TIMEOUT = 15_000;

describe.each([2, 1] as const)('what no hub should say, to Homebridge %i,', (homebridge) => {
  const stack = new AsyncDisposableStack();
  let home: Home;
  let hub: Controller;

  beforeAll(async () => {
    const camera = stack.use(await startRtspServer({ file: await footage({ gop: 2, fps: 20 }) }));
    home = stack.use(await Home.start([{ name: 'Gate', source: camera.url() }], { homebridge, debug: true }));
    hub = stack.use(await home.connectOnline('Gate'));
    await switchOnRecording(hub);
  }, SETUP_TIMEOUT);

  afterAll(() => stack.disposeAsync());

  const isRecorded = async (): Promise<void> => {
    using recording = await HubRecording.open(hub);
    await recording.until('a fragment', () => recording.fragments[0], FRAGMENT_TIMEOUT);
    expect((await recordedPictures(recording.file)).complaints).toBe('');
    recording.close(NORMAL);
  };

  it('of recordings that it has not opened, or has closed', async () => {
    using stream = await DataStream.open(hub);
    stream.event('dataSend', 'ack', { streamId: 1, endOfStream: true });
    stream.event('dataSend', 'close', { streamId: 1, reason: NORMAL });
    stream.event('dataSend', 'data', { streamId: 1, packets: [] });
    expect((await stream.request('dataSend', 'open', {})).status).not.toBe(0);
    using recording = await HubRecording.open(hub);
    await expect(HubRecording.open(hub)).rejects.toThrow(`refused: ${BUSY}`);
    await recording.until('a fragment', () => recording.fragments[0], FRAGMENT_TIMEOUT);
    recording.close(PROTOCOL_ERROR);
    recording.close(NORMAL);
    await home.hub.waitFor(/Gate: recording: .* last close: \S+, protocol error/);
    const { length } = recording.parts;
    for (let nth = 0; nth < 5; nth++) (await HubRecording.open(hub))[Symbol.dispose]();
    await isRecorded();
    expect(recording.parts).toHaveLength(length);
  });

  it('to its characteristics', async () => {
    const session = randomBytes(16);
    const endpoint = { port: 9, ssrc: 1, key: randomBytes(16), salt: randomBytes(14) };
    const endpoints: Endpoints = { address: '127.0.0.1', video: endpoint, audio: endpoint };
    const picture = { width: 1280, height: 720, fps: 30, bitrate: 2000 };
    const sound = { codec: 'opus', sampleRate: 24, packetTime: 20, bitrate: 24 } as const;
    const stream = (type: string): number => hub.find(HAP.streamManagement, type).iid;
    const words: readonly (readonly [iid: number, text: string])[] = [
      [stream(HAP.setupEndpoints), setupEndpoints(session, endpoints)],
      [stream(HAP.selectedStream), startStream(session, picture, sound, { video: 1, audio: 1 })],
      [stream(HAP.selectedStream), reconfigureStream(session, picture)],
      [stream(HAP.selectedStream), endStream(session)],
      [hub.find(HAP.recordingManagement, HAP.selectedRecording).iid, selectRecording(RECORDING)],
      [hub.find(HAP.dataStreamTransport, HAP.setupDataStream).iid, ''],
    ];
    const mangled = fc.record({
      word: fc.constantFrom(...words),
      changes: fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }),
      length: fc.oneof(fc.constant(Infinity), fc.nat(200)),
      noise: fc.uint8Array({ maxLength: 40 }),
    });
    for (const { word, changes, length, noise } of fc.sample(mangled, 400)) {
      const [iid, text] = word;
      const bytes = Buffer.from(text, 'base64');
      for (const [at, value] of changes) if (at < bytes.length) bytes.writeUInt8(value, at);
      const said = Buffer.concat([bytes.subarray(0, length), ...(length < Infinity ? [noise] : [])]);
      await hub.putForAnswer(iid, said.toString('base64')).catch(() => undefined);
    }
    await switchOnRecording(hub);
    await isRecorded();
    using phone = await home.connect('Gate');
    await using viewer = await Viewer.open(phone);
    await viewer.firstKeyframe();
  }, 120_000);
});
