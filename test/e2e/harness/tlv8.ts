/** A TLV8 item: type and value; values longer than 255 bytes are split when they are written (HAP, 14.1). */
export type Tlv = readonly (readonly [type: number, value: Buffer])[];

export const tlv = (...items: Tlv): Buffer =>
  Buffer.concat(
    items.flatMap(([type, value]) => {
      const parts: Buffer[] = [];
      for (let at = 0; at === 0 || at < value.length; at += 255) {
        const part = value.subarray(at, at + 255);
        parts.push(Buffer.from([type, part.length]), part);
      }
      return parts;
    }),
  );

/** Values by type; parts of one long value are joined. */
export function readTlv(data: Buffer): Map<number, Buffer> {
  const items = new Map<number, Buffer>();
  for (let at = 0; at + 2 <= data.length;) {
    const type = data.readUInt8(at);
    const end = at + 2 + data.readUInt8(at + 1);
    items.set(type, Buffer.concat([items.get(type) ?? Buffer.alloc(0), data.subarray(at + 2, end)]));
    at = end;
  }
  return items;
}

export const u8 = (value: number): Buffer => Buffer.from([value]);

export function u16(value: number): Buffer {
  const out = Buffer.alloc(2);
  out.writeUInt16LE(value);
  return out;
}

export function u32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value);
  return out;
}

export function f32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeFloatLE(value);
  return out;
}
