/** A receiver's half of RFC 6184, written apart from the sender's: payloads of one access unit → NAL units. */
export function depacketize(payloads: readonly Buffer[]): Buffer[] {
  const units: Buffer[] = [];
  let fragments: Buffer[] | undefined;
  for (const payload of payloads) {
    const first = payload.readUInt8(0);
    const type = first & 0x1f;
    if (type !== 28 && fragments !== undefined) throw new Error('a fragmented unit has no end');
    if (type === 28) {
      const header = payload.readUInt8(1);
      const [start, end] = [(header & 0x80) !== 0, (header & 0x40) !== 0];
      if (start && end) throw new Error('a fragment is both first and last');
      if (start === (fragments !== undefined)) throw new Error('fragments out of order');
      if (payload.length < 3) throw new Error('an empty fragment');
      fragments ??= [Buffer.from([(first & 0xe0) | (header & 0x1f)])];
      fragments.push(payload.subarray(2));
      if (!end) continue;
      units.push(Buffer.concat(fragments));
      fragments = undefined;
    } else if (type === 24) {
      for (let at = 1; at < payload.length;) {
        const length = payload.readUInt16BE(at);
        if (length === 0 || at + 2 + length > payload.length) throw new Error('a broken STAP-A');
        units.push(payload.subarray(at + 2, at + 2 + length));
        at += 2 + length;
      }
    } else if (type > 0 && type < 24) units.push(payload);
    else throw new Error(`payload type ${type}`);
  }
  if (fragments !== undefined) throw new Error('a fragmented unit has no end');
  return units;
}
