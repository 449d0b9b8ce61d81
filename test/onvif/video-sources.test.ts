import type { FoundProfile } from '../../src/onvif/answers.js';
import type { OnvifDevice } from '../../src/onvif/device.js';
import { openOnvif } from '../../src/onvif/open.js';
import { chosenSource, isOfSource, profilesOfSource, sourcesOf, type Wanted } from '../../src/onvif/video-sources.js';
import { OnvifCamera } from '../peers/onvif-camera.js';
import { onChannel } from '../peers/onvif-makers.js';

const profile = (token: string, width: number, source?: string, configuration?: string): FoundProfile => ({
  profile: { token, name: token, video: { codec: 'h264', width, height: (width * 9) / 16 }, audio: false },
  ...{ source, configuration, moves: false, by: 'media' },
});

/** A recorder with two cameras, and a camera whose profiles name their source in one way or another. */
const RECORDER = [
  profile('1', 1920, 'S1', 'C1'),
  profile('2', 640, 'S1', 'C1'),
  profile('3', 2560, 'S2', 'C2'),
  profile('4', 640, 'S2', 'C2'),
];
const CAMERA = [profile('1', 1920, 'S1', 'C1'), profile('2', 640, 'S1', 'C1'), profile('3', 320)];
const SHARED = [profile('1', 1920, 'S1', 'C'), profile('2', 640, 'S2', 'C')];
/** What is a source's token is another's configuration's. */
const CROSSED = [profile('1', 1920, 'A', 'B'), profile('2', 640, 'B', 'A')];

it.each<[what: string, found: readonly FoundProfile[], wanted: Wanted, source: string | undefined, profiles: string]>([
  ['a camera', CAMERA, { channel: undefined, streams: false }, 'S1', '123'],
  ['a camera without sources', [profile('1', 1920)], { channel: undefined, streams: true }, undefined, '1'],
  ['a recorder whose pictures are wanted', RECORDER, { channel: undefined, streams: true }, 'S2', '34'],
  ['a recorder that is heard alone', RECORDER, { channel: undefined, streams: false }, undefined, '1234'],
  ['its first channel', RECORDER, { channel: 1, streams: true }, 'S1', '12'],
  ['its second', RECORDER, { channel: 2, streams: false }, 'S2', '34'],
  ['a device without a picture', [], { channel: undefined, streams: true }, undefined, ''],
])('of %s', (_, found, wanted, source, profiles) => {
  expect(chosenSource('nvr', found, wanted)).toBe(source);
  expect(
    profilesOfSource(found, source)
      .map((each) => each.profile.token)
      .join(''),
  ).toBe(profiles);
});

it.each([
  [RECORDER, 3, 'nvr has 2 video sources, and no channel 3. See "onvif.channel".'],
  [CAMERA, 2, 'nvr has one video source, and no channel 2. See "onvif.channel".'],
])('says that there is no such channel', (found, channel, message) => {
  expect(() => chosenSource('nvr', found, { channel, streams: true })).toThrow(message);
});

it.each<[found: readonly FoundProfile[], ours: string | undefined, said: Record<string, string>, heard: boolean]>([
  [RECORDER, 'S1', { VideoSourceConfigurationToken: 'C1' }, true],
  [RECORDER, 'S1', { VideoSourceConfigurationToken: 'C2' }, false],
  [RECORDER, 'S1', { VideoSourceToken: 'S2', Rule: 'S1' }, false],
  [RECORDER, 'S1', { Source: 'S2' }, false],
  [RECORDER, 'S1', { Source: 'S1' }, true],
  [RECORDER, 'S1', { VideoSource: 'S2' }, false],
  // Swapped.
  [RECORDER, 'S1', { VideoSourceConfigurationToken: 'S2' }, false],
  [RECORDER, 'S1', { Source: 'C2' }, false],
  [RECORDER, 'S1', { VideoSourceConfigurationToken: 'S1' }, true],
  // Nothing that is known.
  [RECORDER, 'S1', {}, true],
  [RECORDER, 'S1', { Rule: 'S2', InputToken: 'S2' }, true],
  [RECORDER, 'S1', { VideoSourceConfigurationToken: 'vsconf', VideoAnalyticsConfigurationToken: 'C2' }, true],
  [RECORDER, undefined, { Source: 'S2' }, true],
  [CAMERA, 'S1', { VideoSourceConfigurationToken: 'V_SRC_000' }, true],
  // Of both.
  [RECORDER, 'S1', { Source: 'S2', VideoSourceConfigurationToken: 'C1' }, true],
  [SHARED, 'S1', { VideoSourceConfigurationToken: 'C' }, true],
  [CROSSED, 'A', { Source: 'A' }, true],
  [CROSSED, 'A', { Source: 'B' }, false],
  [CROSSED, 'A', { VideoSourceConfigurationToken: 'B' }, true],
])('%#: of %s is heard what is of %j: %s', (found, ours, said, heard) => {
  const items = Object.entries(said).map(([name, value]) => ({ name, value }));
  expect(isOfSource(found, ours, items)).toBe(heard);
});

it('has its sources in the order of its profiles', () => {
  expect(sourcesOf([...RECORDER.toReversed(), profile('5', 1)])).toEqual(['S2', 'S1']);
});

describe('a recorder', () => {
  let life: AbortController;
  let recorder: OnvifCamera;

  beforeEach(async () => {
    life = new AbortController();
    recorder = await OnvifCamera.start({ maker: 'recorder' });
  });
  afterEach(async () => {
    life.abort();
    await recorder[Symbol.asyncDispose]();
  });

  const open = (source?: Wanted): Promise<OnvifDevice> =>
    openOnvif(recorder.address, { signal: life.signal, timeout: 5000, ...(source && { source }) });

  it.each([
    { channel: 1, streams: true, profiles: ['MediaProfile00000', 'MediaProfile00001'], presets: false },
    { channel: 2, streams: true, profiles: ['MediaProfile00100', 'MediaProfile00101'], presets: true },
    { channel: undefined, streams: true, profiles: ['MediaProfile00100', 'MediaProfile00101'], presets: true },
  ])('has the pictures, presets and filter of channel $channel', async ({ profiles, presets, ...wanted }) => {
    const device = await open(wanted);
    expect(device.profiles.map(({ token }) => token)).toEqual(profiles);
    expect(device).toMatchObject({ sources: 2, offers: { presets, nightVision: true } });
    await device.setIrCutFilter('on', life.signal);
    expect(recorder.heard.at(-1)?.body).toContain(
      `<VideoSourceToken>${profiles[0]?.slice(-5) ?? ''}</VideoSourceToken>`,
    );
  });

  it.each<[wanted: Wanted, heard: string[]]>([
    [{ channel: 1, streams: false }, ['motion begins', 'person begins']],
    [{ channel: 2, streams: false }, ['motion begins']],
    [{ channel: undefined, streams: false }, ['motion begins', 'motion begins', 'person begins']],
  ])('tells of %j what it sees, and nothing of the others', async (wanted, expected) => {
    const device = await open(wanted);
    const heard: string[] = [];
    const listening = (async () => {
      for await (const { claim, state, rule } of device.events(life.signal)) {
        heard.push(`${claim} ${state}`);
        if (rule === 'End') return;
      }
    })();
    await recorder.until('PullMessages');
    recorder.say(onChannel(1, 'motion', true));
    recorder.say(onChannel(2, 'alarm', true));
    recorder.say(onChannel(1, 'person', true));
    const source = { Source: wanted.channel === 2 ? '00100' : '00000', Rule: 'End' };
    recorder.say({ topic: 'tns1:VideoSource/MotionAlarm', source, data: { State: 'true' } });
    await listening;
    expect(heard.slice(0, -1)).toEqual(expected);
  });

  it('says which channels there are', async () => {
    await expect(open({ channel: 3, streams: true })).rejects.toMatchObject({
      fault: 'refused',
      message: '127.0.0.1 has 2 video sources, and no channel 3. See "onvif.channel".',
    });
  });
});
