import fc from 'fast-check';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccessUnit, AccessUnitReader } from './access-units.js';
import { deviceIdOf } from './accessory-info.js';
import { decoded, encoded } from './data-stream-coder.js';
import { decodeOpus } from './decode.js';
import { bitrates, timestampSteps } from './measure.js';
import { opusSamples } from './ogg.js';
import { alive, type ProcessEntry, processTree, programsBelow } from './process-tree.js';
import type { RtpArrival, RtpReceiver } from './rtp-receiver.js';
import { readEndpoints, setupEndpoints } from './stream-messages.js';
import { readTlv, tlv } from './tlv8.js';
import { Changes, NotSeen, poll } from './until.js';

const packet = (sequence: number, payload: readonly number[], marker = false, timestamp = 1000): RtpArrival => ({
  ...{ at: sequence, sequence, timestamp, marker },
  ...{ payloadType: 99, ssrc: 1, payload: Buffer.from(payload) },
});

/** SPS and PPS in a STAP-A, then an IDR slice in three fragments. */
const KEYFRAME = [
  packet(10, [0x78, 0, 2, 0x67, 1, 0, 2, 0x68, 2]),
  packet(11, [0x7c, 0x85, 1]),
  packet(12, [0x7c, 0x05, 2]),
  packet(13, [0x7c, 0x45, 3], true),
];

function read(packets: readonly RtpArrival[]): AccessUnit[] {
  const units: AccessUnit[] = [];
  const reader = new AccessUnitReader((unit) => units.push(unit));
  for (const one of packets) reader.push(one);
  return units;
}

describe('what the harness takes for a picture', () => {
  it('is a keyframe with its parameter sets when every packet came', () => {
    const [unit] = read(KEYFRAME);
    expect(unit).toMatchObject({ keyframe: true, whole: true, firstAt: 10, at: 13 });
    expect(unit?.units.map((nal) => nal.toString('hex'))).toEqual(['6701', '6802', '65010203']);
  });

  it.each([
    ['without its parameter sets', KEYFRAME.slice(1), { whole: true, keyframe: false }],
    ['with a packet lost', [...KEYFRAME.slice(0, 2), ...KEYFRAME.slice(3)], { whole: false, keyframe: false }],
    ['with its first fragment lost', [packet(1, [0x41], true, 1), ...KEYFRAME.slice(2)], { whole: false }],
    ['without a marker', [...KEYFRAME.slice(0, 3), packet(13, [0x41], false, 2000)], { whole: false }],
    ['in the interleaved mode', [packet(1, [0x79, 0, 0, 0, 1, 0x65], true)], { whole: false, keyframe: false }],
  ])('is none %s', (_, packets, expected) => {
    expect(read(packets).at(-1)).toMatchObject(expected);
  });
});

describe('how the harness reads and measures', () => {
  it('reads all that the accessory writes into a data stream', () => {
    const value = fc.oneof(
      fc.integer({ min: -200, max: 200 }),
      fc.integer(),
      fc.boolean(),
      fc.string({ maxLength: 300 }),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    );
    const key = fc.stringMatching(/^[a-z]{1,40}$/);
    const message = fc.dictionary(key, fc.oneof(value, fc.array(value, { maxLength: 20 })), { noNullPrototype: true });
    fc.assert(
      fc.property(message, (sent) => {
        expect(decoded(encoded(sent))).toEqual(sent);
      }),
    );
  });

  it.each([0, 1, 32, 33, 255, 256])('reads %d bytes of data', (length) => {
    const sent = { streamId: 39, active: true, packets: [{ data: Buffer.alloc(length, 7), again: 100, number: 100 }] };
    expect(decoded(encoded(sent))).toEqual(sent);
  });

  it('splits long TLV values and joins them', () => {
    const long = Buffer.alloc(600, 7);
    const items = readTlv(tlv([1, long], [2, Buffer.from([9])], [3, Buffer.alloc(0)]));
    expect([...items]).toEqual([
      [1, long],
      [2, Buffer.from([9])],
      [3, Buffer.alloc(0)],
    ]);
  });

  it('knows a refusal of SetupEndpoints', () => {
    expect(readEndpoints(tlv([2, Buffer.from([1])]).toString('base64'))).toBe('busy');
    expect(readEndpoints(tlv([2, Buffer.from([2])]).toString('base64'))).toBe('error');
    const endpoint = { port: 1, ssrc: 2, key: Buffer.alloc(16), salt: Buffer.alloc(14) };
    const offer = setupEndpoints(Buffer.alloc(16), { address: '127.0.0.1', video: endpoint, audio: endpoint });
    expect(readEndpoints(offer)).toBe('error');
  });

  it('counts bits in whole seconds, and steps between neighbours only', () => {
    const packets = [0, 400, 999, 1000, 3500].map((at, index) => ({
      ...packet(index === 4 ? 9 : index, Array<number>(125).fill(0), false, at * 90),
      at,
    }));
    const receiver = { packets } as unknown as RtpReceiver;
    expect(bitrates(receiver)).toEqual([3, 1, 0]);
    expect(timestampSteps(receiver)).toEqual([36_000, 53_910, 90]);
  });

  it.each([
    [0x08, 960],
    [0x98, 960],
    [0x18, 2880],
    [0x19, 5760],
    [0xf8, 960],
  ])('reads the length of an Opus packet from its first byte %i', (toc, samples) => {
    expect(opusSamples(Buffer.from([toc]))).toBe(samples);
  });

  it('hears when Opus does not decode', async () => {
    const broken = await decodeOpus([Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.from([0x0b, 0xff])]);
    expect(broken.errors.length).toBeGreaterThan(0);
  });

  it('tells what did not come', async () => {
    const changes = new Changes();
    await expect(changes.until('rain', () => undefined, 10)).rejects.toThrow(NotSeen);
    await expect(poll('rain', () => undefined, 10, 5)).rejects.toThrow('rain');
    const values: number[] = [];
    const seen = changes.until('a value', () => values[0], 5000);
    values.push(5);
    changes.changed();
    await expect(seen).resolves.toBe(5);
  });
});

describe('what the harness knows of other programs', () => {
  it('takes no process for another one that has its number', () => {
    const [own] = processTree(process.pid);
    if (own === undefined) throw new Error('this process is not among those that live');
    expect(alive([own])).toEqual([own]);
    expect(alive([{ ...own, began: '0' }])).toEqual([]);
  });

  it.each<[string, string, number[]]>([
    ['is another', 'ffmpeg -i', [2]],
    ['is its parent’s, as it has just begun', 'hub', []],
    ['has gone, as it ends', '', []],
  ])('counts a process below another where its command %s', (_, command, counted) => {
    const entry = (pid: number, parent: number, command: string): ProcessEntry => ({
      pid,
      parent,
      command,
      began: '1',
    });
    expect(programsBelow([entry(1, 0, 'hub'), entry(2, 1, command)]).map(({ pid }) => pid)).toEqual(counted);
  });

  it('waits for what a hub is just writing down of its cameras', () => {
    const storage = mkdtempSync(join(tmpdir(), 'lookout-harness-'));
    try {
      mkdirSync(join(storage, 'persist'));
      const write = (id: string, text: string): void => {
        writeFileSync(join(storage, 'persist', `AccessoryInfo.${id}.json`), text);
      };
      write('0E0000000001', '');
      write('0E0000000002', '{"displayName":"Por');
      expect(deviceIdOf(storage, 'Porch 1A2B')).toBeUndefined();
      write('0E0000000002', '{"displayName":"Porch 1A2B (2)"}');
      expect(deviceIdOf(storage, 'Porch 1A2B')).toBe('0E:00:00:00:00:02');
    } finally {
      rmSync(storage, { recursive: true, force: true });
    }
  });
});
