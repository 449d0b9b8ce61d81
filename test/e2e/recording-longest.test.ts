import { probe } from '../media/fmp4/probe.js';
import { startRtspServer } from '../peers/rtsp-server.js';
import { walkers } from '../peers/walkers.js';
import { HAP } from './harness/controller.js';
import { figure } from './harness/figures.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';
import { HubRecording, switchOnRecording } from './harness/recorder.js';
import { poll } from './harness/until.js';

/** Seconds. */
const LONGEST = 180;
const GOP = 2;
const EVERY = 12.4;
/** From one walk's end to the next one's beginning there are 6.4 s. One that is known late, or lost, ends no motion. */
const HOLD = 30;

it(
  'a recording of what never ends is ended after 3 minutes, and the next one goes on from there',
  async () => {
    await using walk = await startRtspServer({ file: await walkers({ every: EVERY, gop: GOP, audio: false }) });
    const detect = { hold: HOLD, alertWindow: 0 };
    await using home = await Home.start([{ name: 'Walk', source: walk.url(), detect }]);
    using hub = await home.connectOnline('Walk');
    await switchOnRecording(hub);
    const { iid } = hub.find(HAP.motionSensor, HAP.motionDetected);
    const isOn = async (): Promise<true | undefined> => {
      const value = await hub.get(iid);
      return value === true || value === 1 ? true : undefined;
    };
    await poll('motion', isOn, 60_000);
    using motion = await home.listen('Walk', [iid]);

    using recording = await HubRecording.open(hub);
    await recording.toEnd((LONGEST + 20) * 1000);
    const pictures = (await probe(recording.file)).packets.filter(({ kind }) => kind === 'video');
    const times = pictures.map(({ time }) => time);
    const lasts = (times.at(-1) ?? 0) - (times[0] ?? 0);
    figure('longest recording, from its first picture to its last', lasts * 1000, 'ms');
    expect(lasts).toBeLessThan(LONGEST);
    expect(lasts).toBeGreaterThan(LONGEST - 0.25);
    expect(times.slice(1).filter((time, nth) => time - (times[nth] ?? 0) > 0.25)).toEqual([]);
    // The events are cut after 120 s at the latest, but go on.
    expect(motion.events).toEqual([]);

    using next = await HubRecording.open(hub);
    const first = await next.until('a fragment', () => next.fragments[0], 15_000);
    figure('first fragment of the next recording', first.at - next.askedAt, 'ms');
    next.close(0);
  },
  SETUP_TIMEOUT + (LONGEST + 120) * 1000,
);
