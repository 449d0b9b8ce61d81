import { ParameterSets, readSprop } from '../../../src/media/h26x/parameter-sets.js';
import { nal } from '../rtsp/packetise.js';

const SPS = Buffer.from('Z2QAFqyyAUBf8uAiAAADAAIAAAMAUB4sXJA=', 'base64');
const PPS = Buffer.from('aOvDyyLA', 'base64');
const OTHER_SPS = Buffer.concat([SPS.subarray(0, -1), Buffer.of(0x91)]);
/** With the id 1: `010` after the header. */
const PPS_1 = Buffer.from([0x68, 0x40, 0x11]);
const OTHER_PPS_1 = Buffer.from([0x68, 0x40, 0x22]);
const IDR = nal('h264', 5);

describe('parameter sets', () => {
  it('are those of the SDP at first, then those in the stream', () => {
    const sets = new ParameterSets('h264', readSprop('h264', 'Z2QAFqyyAUBf8uAiAAADAAIAAAMAUB4sXJA=,aOvDyyLA'));
    expect(sets.format).toMatchObject({ codec: 'h264', width: 640, height: 360, parameterSets: [SPS, PPS] });
    expect(sets.update([SPS, PPS, IDR])).toBe(false);
    expect(sets.update([IDR])).toBe(false);
    expect(sets.update([OTHER_SPS, PPS, IDR])).toBe(true);
    expect(sets.format?.parameterSets).toEqual([OTHER_SPS, PPS]);
    expect(sets.update([PPS_1])).toBe(true);
    expect(sets.format?.parameterSets).toEqual([OTHER_SPS, PPS, PPS_1]);
    expect(sets.update([OTHER_PPS_1])).toBe(true);
    expect(sets.format?.parameterSets).toEqual([OTHER_SPS, PPS, OTHER_PPS_1]);
    expect(sets.update([PPS, SPS, IDR])).toBe(true);
    expect(sets.format?.parameterSets).toEqual([SPS, PPS]);
  });

  it('make no format before all are there', () => {
    const sets = new ParameterSets('hevc', []);
    const [vps, sps, pps] = [32, 33, 34].map((type) => nal('hevc', type)) as [Buffer, Buffer, Buffer];
    expect(sets.format).toBeUndefined();
    sets.update([pps, sps]);
    expect(sets.format).toBeUndefined();
    sets.update([vps]);
    expect(sets.format).toMatchObject({ codec: 'hevc', width: 0, height: 0, parameterSets: [vps, sps, pps] });
  });

  it('are bounded', () => {
    const sets = new ParameterSets('h264', [SPS]);
    for (let i = 0; i < 300; i++) sets.update([Buffer.from([0x68, 0, i >> 8, i & 255, 0x80, 1])]);
    for (let i = 0; i < 50; i++) sets.update(Array.from({ length: 50 }, (_, n) => Buffer.from([0x68, 0x40, i, n])));
    expect(sets.format?.parameterSets.length).toBeLessThanOrEqual(32);
  });

  it.each([
    ['with start codes', Buffer.concat([Buffer.of(0, 0, 0, 1), SPS, Buffer.of(0, 0, 1), PPS]).toString('base64')],
    ['with others among them', `${SPS.toString('base64')},${IDR.toString('base64')},,!,${PPS.toString('base64')}`],
  ])('are read from an SDP %s', (_, value) => {
    expect(readSprop('h264', value, undefined)).toEqual([SPS, PPS]);
  });
});
