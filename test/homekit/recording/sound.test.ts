import fc from 'fast-check';
import { aacFormat } from '../../../src/camera/clips/coding.js';
import { SilenceFiller, SoundSwitch } from '../../../src/homekit/recording/silence.js';
import { planSound } from '../../../src/homekit/recording/sound-plan.js';
import { Fragmenter } from '../../../src/media/fmp4/fragmenter.js';
import type { AudioFormat, AudioPacket } from '../../../src/media/packet.js';
import { coded } from '../../media/fmp4/coded.js';
import { listen } from '../../media/fmp4/probe.js';
import { SELECTION } from './selections.js';

const sound = (codec: string, sampleRate: number, channels = 1, extradata = Buffer.alloc(0)): AudioFormat => ({
  ...{ kind: 'audio', codec, sampleRate, channels, extradata },
});
const aac = (sampleRate: number, channels = 1): AudioFormat => aacFormat({ sampleRate, channels });

it.each<[string, AudioFormat | undefined, boolean, 'copy' | 'transcode' | undefined]>([
  ['none', undefined, true, undefined],
  ['what was selected', aac(32_000), true, 'copy'],
  ['what was selected, without an encoder', aac(32_000), false, 'copy'],
  ['another rate', aac(16_000), true, 'transcode'],
  ['another rate, without an encoder', aac(16_000), false, undefined],
  ['two channels', aac(32_000, 2), true, 'transcode'],
  ['HE-AAC', sound('aac', 32_000, 1, Buffer.from('2b8a0800', 'hex')), true, 'transcode'],
  ['AAC that does not describe itself', sound('aac', 32_000), true, 'transcode'],
  ['G.711', sound('pcm_alaw', 8000), true, 'transcode'],
  ['of no rate', sound('pcm_alaw', 0), true, undefined],
])('sound: %s', (_, audio, canEncode, mode) => {
  expect(planSound(audio, SELECTION.sound, canEncode)?.mode).toBe(mode);
});

const UNIT = 32; // 1024 samples at 32 kHz
const at = (...times: number[]): AudioPacket[] =>
  times.map((time) => ({ kind: 'audio', time, data: Buffer.from([1]) }));
const times = (packets: readonly AudioPacket[]): number[] => packets.map(({ time }) => time);

it('fills what is missing, from the beginning to the end, over fragments', () => {
  const filler = new SilenceFiller(SELECTION.sound);
  expect(times(filler.fill([], 1000, 1100))).toEqual([1000, 1032]);
  // What is left over is made good in the next fragment.
  expect(times(filler.fill(at(1200, 1232), 1100, 1300))).toEqual([1064, 1096, 1128, 1200, 1232]);
  expect(times(filler.fill(at(1264, 1100, 1305), 1300, 1400))).toEqual([1264, 1305, 1337]);
});

it('never leaves more than two units free, nor puts one upon another', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.integer({ min: -500, max: 999 })), { maxLength: 6 }), (fragments) => {
      const filler = new SilenceFiller(SELECTION.sound);
      const all = fragments.flatMap((sounds, nth) =>
        times(filler.fill(at(...sounds.map((time) => nth * 1000 + time).sort((a, b) => a - b)), 0, (nth + 1) * 1000)),
      );
      for (const [nth, time] of all.entries()) {
        const step = time - (all[nth - 1] ?? -UNIT / 2);
        expect(step).toBeGreaterThanOrEqual(nth === 0 ? 0 : UNIT / 2);
        expect(step).toBeLessThanOrEqual(UNIT * 2.5);
      }
    }),
  );
});

it.each([8000, 16_000, 24_000, 32_000, 44_100, 48_000])(
  'silence at %i Hz is heard by a decoder',
  async (sampleRate) => {
    for (const channels of [1, 2]) {
      const { formats, packets } = await coded();
      const fragmenter = new Fragmenter({ video: formats.video, audio: aacFormat({ sampleRate, channels }) });
      const pictures = packets.filter(({ kind }) => kind === 'video');
      const start = pictures[0]?.time ?? 0;
      const silence = new SilenceFiller({ sampleRate, channels }).fill([], start, start + 2000);
      const fragment = fragmenter.fragment([...pictures, ...silence], start + 2000);
      const heard = await listen(Buffer.concat([fragmenter.init, fragment ?? Buffer.alloc(0)]));
      expect(heard.complaints).toBe('');
      expect(Math.abs(heard.seconds - 2)).toBeLessThan(0.3);
    }
  },
);

it('what was said while sound was off is not heard later', () => {
  const allowed = new SoundSwitch(false);
  expect(allowed.isOnAt(0)).toBe(false);
  allowed.set(true, 1000);
  allowed.set(true, 1500);
  allowed.set(false, 2000);
  expect([0, 999, 1000, 1999, 2000, 9000].map((time) => allowed.isOnAt(time))).toEqual([
    ...[false, false, true, true, false, false],
  ]);
  for (let nth = 0; nth < 200; nth++) allowed.set(nth % 2 === 0, 3000 + nth);
  expect([0, 3198.5, 3199].map((time) => allowed.isOnAt(time))).toEqual([expect.any(Boolean), true, false]);
});
