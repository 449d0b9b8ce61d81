import { createRequire } from 'node:module';
import fc from 'fast-check';
import type { CameraRecordingConfiguration, CameraRecordingDelegate, HAP } from 'homebridge';
import { recordingOptions } from '../../../src/homekit/recording/options.js';
import { selectionOf, type Selection } from '../../../src/homekit/recording/selection.js';
import { RECORDING, selectRecording } from '../../e2e/harness/recording-messages.js';
import { SELECTION } from './selections.js';

function hapOf(homebridge: string, name: string): HAP {
  const fromHere = createRequire(import.meta.url);
  return createRequire(fromHere.resolve(homebridge))(name) as HAP;
}

/** A service as HAP has it, and what the delegate hears. */
function management(hap: HAP) {
  const heard: Selection[] = [];
  const delegate = {
    updateRecordingActive: () => undefined,
    updateRecordingConfiguration: (configuration?: CameraRecordingConfiguration) => {
      if (configuration !== undefined) heard.push(selectionOf(configuration));
    },
  } as unknown as CameraRecordingDelegate;
  const { recordingManagementService } = new hap.RecordingManagement(
    recordingOptions(hap),
    delegate,
    new Set([hap.EventTriggerOption.MOTION]),
  );
  const write = (value: string): Promise<unknown> =>
    recordingManagementService
      .getCharacteristic(hap.Characteristic.SelectedCameraRecordingConfiguration)
      .handleSetRequest(value)
      .then(
        () => 'taken',
        () => 'refused',
      );
  return { heard, write, service: recordingManagementService };
}

const isSane = ({ prebuffer, fragment, width, height, fps, bitrate, profile, sound }: Selection): boolean =>
  [prebuffer, fragment, width, height, fps, bitrate, sound.sampleRate, sound.bitrate].every((n) =>
    Number.isFinite(n),
  ) &&
  prebuffer >= 4000 &&
  fragment >= 2000 &&
  fragment <= 4000 &&
  width >= 160 &&
  height >= 90 &&
  width % 2 === 0 &&
  height % 2 === 0 &&
  fps >= 5 &&
  bitrate >= 100_000 &&
  ['baseline', 'main', 'high'].includes(profile) &&
  [8000, 16_000, 24_000, 32_000, 44_100, 48_000].includes(sound.sampleRate) &&
  [1, 2].includes(sound.channels) &&
  sound.bitrate > 0;

describe.each([
  ['Homebridge 2', hapOf('homebridge', '@homebridge/hap-nodejs')],
  ['Homebridge 1', hapOf('homebridge-1', 'hap-nodejs')],
])('what a hub selects, in %s', (_, hap) => {
  it('is read', async () => {
    const { heard, write } = management(hap);
    expect(await write(selectRecording(RECORDING))).toBe('taken');
    expect(await write(selectRecording({ ...RECORDING, width: 1280, height: 720, fps: 15, sampleRate: 16_000 }))).toBe(
      'taken',
    );
    expect(heard).toEqual([
      SELECTION,
      { ...SELECTION, width: 1280, height: 720, fps: 15, sound: { sampleRate: 16_000, channels: 1, bitrate: 64_000 } },
    ]);
  });

  it('is no fragment that hubs do not wait for', async () => {
    const { heard, write } = management(hap);
    expect(await write(selectRecording({ ...RECORDING, fragment: 8000 }))).toBe('taken');
    expect(heard).toEqual([SELECTION]);
  });

  it('makes sense, or is refused, whatever bytes come', async () => {
    const { heard, write } = management(hap);
    const good = Buffer.from(selectRecording(RECORDING), 'base64');
    const change = fc.record({ at: fc.nat(good.length - 1), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(good.length), async (changes, cut) => {
        const bytes = Buffer.from(good.subarray(0, cut > good.length / 2 ? good.length : cut));
        for (const { at, value } of changes) if (at < bytes.length) bytes.writeUInt8(value, at);
        expect(['taken', 'refused']).toContain(await write(bytes.toString('base64')));
        expect(heard.every(isSane)).toBe(true);
        heard.length = 0;
      }),
      { numRuns: 300 },
    );
  });

  it('is offered the same at every start', () => {
    const offered = () => {
      const { service } = management(hap);
      const { SupportedAudioRecordingConfiguration: A, SupportedVideoRecordingConfiguration: V } = hap.Characteristic;
      const { SupportedCameraRecordingConfiguration: C } = hap.Characteristic;
      return [A, V, C].map((kind) => service.getCharacteristic(kind).value);
    };
    expect(offered()).toEqual(offered());
  });
});
