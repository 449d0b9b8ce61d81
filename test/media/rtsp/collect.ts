import type { Formats, Packet } from '../../../src/media/packet.js';
import { SourceError, type ReadGate, type Source } from '../../../src/media/source.js';

export const openGate: ReadGate = { afterRead: () => undefined };

export interface Collected {
  readonly formats: Formats[];
  readonly packets: Packet[];
  /** How the source ended: undefined where it was told to. */
  readonly error: SourceError | undefined;
}

/** Runs a source until `enough`, or until it ends by itself. */
export async function collect(
  source: Source,
  enough: (collected: Omit<Collected, 'error'>) => boolean,
  gate: ReadGate = openGate,
): Promise<Collected> {
  const stop = new AbortController();
  const collected = { formats: [] as Formats[], packets: [] as Packet[] };
  const check = (): void => {
    if (enough(collected)) stop.abort();
  };
  try {
    await source(
      {
        formats: (formats) => {
          collected.formats.push(formats);
          check();
        },
        packet: (packet) => {
          collected.packets.push(packet);
          check();
        },
      },
      gate,
      stop.signal,
    );
    return { ...collected, error: undefined };
  } catch (error) {
    if (error instanceof SourceError) return { ...collected, error };
    throw error;
  }
}

export const videoCount = ({ packets }: Omit<Collected, 'error'>): number =>
  packets.filter(({ kind }) => kind === 'video').length;

export const audioCount = ({ packets }: Omit<Collected, 'error'>): number =>
  packets.filter(({ kind }) => kind === 'audio').length;
