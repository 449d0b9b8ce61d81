/** Bytes with the outer form of what they stand for. */
export const jpeg = (bytes: number, fill = 1): Buffer =>
  Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(bytes - 4, fill), Buffer.from([0xff, 0xd9])]);

export function box(type: string, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + payload.length);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, payload]);
}

export const MP4_START = Buffer.concat([box('ftyp', Buffer.from('iso5')), box('moov', Buffer.alloc(300, 7))]);

export const fragment = (bytes: number): Buffer =>
  Buffer.concat([box('moof', Buffer.alloc(100, 3)), box('mdat', Buffer.alloc(bytes - 116, 5))]);

/** A clip of `fragments` times 10,000 bytes. */
export const clip = (fragments: number): Buffer =>
  Buffer.concat([MP4_START, ...Array.from({ length: fragments }, () => fragment(10_000))]);
