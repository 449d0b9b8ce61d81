import fc from 'fast-check';
import { PacketOrder } from '../../../src/media/rtp/reorder.js';
import type { RtpPacket } from '../../../src/media/rtp/rtp.js';

const packet = (sequenceNumber: number, ssrc = 1): RtpPacket => ({
  payloadType: 110,
  marker: false,
  sequenceNumber,
  timestamp: 0,
  ssrc,
  payload: Buffer.alloc(0),
});

function order(numbers: readonly (number | readonly [sequence: number, ssrc: number])[]): number[] {
  const queue = new PacketOrder();
  return numbers.flatMap((number) => {
    const [sequence, ssrc] = typeof number === 'number' ? [number, 1] : number;
    return queue.push(packet(sequence, ssrc)).map(({ sequenceNumber }) => sequenceNumber);
  });
}

describe('the order of packets', () => {
  it.each<[what: string, came: Parameters<typeof order>[0], gone: number[]]>([
    ['is kept', [5, 6, 7], [5, 6, 7]],
    ['passes the wrap', [65_534, 65_535, 0, 1], [65_534, 65_535, 0, 1]],
    ['is mended', [5, 7, 6, 8], [5, 6, 7, 8]],
    ['is mended over the wrap', [65_535, 1, 0], [65_535, 0, 1]],
    ['leaves out what comes twice', [5, 5, 6, 5, 7], [5, 6, 7]],
    ['waits for three', [5, 7, 8, 9], [5]],
    ['gives up what is missing then', [5, 7, 8, 9, 10, 6, 11], [5, 7, 8, 9, 10, 11]],
    ['gives up a long gap', [5, 100, 101, 102, 103], [5, 100, 101, 102, 103]],
    ['begins anew far away', [5, 6, 30_000, 30_001], [5, 6, 30_000, 30_001]],
    ['begins anew with another sender', [5, 6, [3, 2], [4, 2]], [5, 6, 3, 4]],
  ])('%s', (_, came, gone) => {
    expect(order(came)).toEqual(gone);
  });

  it('holds for whatever comes: nothing twice, nothing backwards within one stream', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 300 }), (numbers) => {
        const gone = order(numbers);
        expect(gone).toEqual([...new Set(gone)].sort((a, b) => a - b));
      }),
    );
  });
});
