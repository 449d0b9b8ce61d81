import fc from 'fast-check';
import { TalkLeg } from '../../../src/homekit/live/talk-leg.js';
import type { AudioPacket } from '../../../src/media/packet.js';
import { receive } from '../../../src/media/rtp/datagram.js';
import { SrtpContext } from '../../../src/media/rtp/srtp.js';

const KEY = Buffer.alloc(16, 1);
const SALT = Buffer.alloc(14, 2);
/** 20 ms and 60 ms of SILK, and what is in them. */
const SHORT = Buffer.from([0x48, 1, 2]);
const LONG = Buffer.from([0x58, 1, 2]);

/** A viewer's end of the port, and what comes out at the camera's. */
function talking() {
  const said: AudioPacket[] = [];
  const state = { now: 1000, muted: false };
  const leg = new TalkLeg({
    talk: { talker: () => ({ push: (packet) => said.push(packet) }) },
    payloadType: 110,
    channels: 1,
    isMuted: () => state.muted,
    now: () => state.now,
    signal: new AbortController().signal,
  });
  const [viewer, hub] = [new SrtpContext(KEY, SALT), new SrtpContext(KEY, SALT)];
  const arrive = (datagram: Buffer): void => {
    const heard = receive(hub, datagram);
    if (heard?.kind === 'rtp') leg.push(heard.packet);
  };
  const packet = (sequenceNumber: number, payload: Buffer, payloadType = 110): Buffer =>
    viewer.protectRtp({ payloadType, marker: false, sequenceNumber, timestamp: 0, ssrc: 9 }, payload);
  return { said, state, leg, arrive, packet };
}

describe('what a viewer says', () => {
  it('is put in order, once, with the times of its own length', () => {
    const { said, arrive, packet } = talking();
    const sent = [packet(1, SHORT), packet(2, LONG), packet(3, SHORT), packet(4, SHORT)] as const;
    for (const at of [0, 2, 1, 1, 3] as const) arrive(sent[at]);
    expect(said.map(({ time, data }) => [time, data.toString('hex')])).toEqual([
      [0, '480102'],
      [20, '580102'],
      [80, '480102'],
      [100, '480102'],
    ]);
  });

  it('is what is authentic, sound of the agreed kind, and not muted', () => {
    const { said, state, leg, arrive, packet } = talking();
    const forged = packet(1, SHORT);
    forged[13] = (forged[13] ?? 0) ^ 1;
    arrive(forged);
    arrive(packet(2, SHORT, 13));
    arrive(packet(3, Buffer.alloc(0)));
    arrive(packet(4, Buffer.from([0x48, 0])));
    expect([said.length, leg.speaking]).toEqual([0, false]);
    state.muted = true;
    arrive(packet(5, SHORT));
    expect([said.length, leg.speaking]).toEqual([0, false]);
    state.muted = false;
    arrive(packet(6, SHORT));
    expect([said.length, leg.speaking]).toEqual([1, true]);
    state.now += 499;
    expect(leg.speaking).toBe(true);
    state.now += 1;
    expect(leg.speaking).toBe(false);
  });

  it('is nothing where anything else comes', () => {
    const { said, arrive } = talking();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1600 }), (bytes) => {
        arrive(Buffer.from(bytes));
        expect(said).toEqual([]);
      }),
    );
  });
});
