import { Delivery } from '../../../src/media/ffmpeg/delivery.js';
import { NutReader } from '../../../src/media/nut/reader.js';
import type { Formats, Packet, VideoPacket } from '../../../src/media/packet.js';
import { footage, type FootageOptions } from '../../peers/footage.js';
import { ffmpeg } from '../nut/ffmpeg.js';

export interface Coded {
  readonly formats: Formats;
  /** In order of arrival, as a source has them. */
  readonly packets: readonly Packet[];
}

/** A clip with its sound in memory; `coder` says what becomes of it, default as it is. */
export async function coded(options: FootageOptions = {}, coder: readonly string[] = ['-c', 'copy']): Promise<Coded> {
  const file = await footage({ width: 320, height: 180, bitrate: 300_000, seconds: 6, ...options });
  const filter = `${options.codec ?? 'h264'}_mp4toannexb`;
  const bitstream = coder.includes('-c:v') ? [] : ['-bsf:v', filter];
  return delivered(
    await ffmpeg(['-i', file, ...coder, ...bitstream, '-output_ts_offset', '100', '-f', 'nut', 'pipe:1']),
  );
}

/** What a source makes of a NUT stream. */
export function delivered(nut: Buffer): Coded {
  let formats: Formats | undefined;
  const packets: Packet[] = [];
  const delivery = new Delivery({
    formats: (found) => (formats = found),
    packet: (packet) => void packets.push(packet),
  });
  new NutReader(delivery).push(nut);
  if (formats === undefined) throw new Error('no pictures');
  return { formats, packets };
}

export const pictures = (packets: readonly Packet[]): VideoPacket[] =>
  packets.filter((packet) => packet.kind === 'video');

/** Whole GOPs in order of arrival, sound where it came. */
export function gops(packets: readonly Packet[]): Packet[][] {
  const found: Packet[][] = [];
  for (const packet of packets) {
    if (packet.kind === 'video' && packet.keyframe) found.push([]);
    found.at(-1)?.push(packet);
  }
  return found;
}
