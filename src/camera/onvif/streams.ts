import { SourceError, type Source } from '../../media/source.js';
import type { SourceAddress } from '../../settings/source-address.js';

export type StreamName = 'main' | 'sub';

export interface Streams {
  readonly main: SourceAddress;
  /** Undefined where the camera has no smaller one. */
  readonly sub: SourceAddress | undefined;
}

/** What is known of a camera's streams: waits for the first answer, and remembers the last. */
export class AskedStreams {
  #known: Streams | undefined;
  #trouble: SourceError | undefined;
  #answer = Promise.withResolvers<undefined>();

  get known(): Streams | undefined {
    return this.#known;
  }

  /** The camera is being asked: whoever wants to know waits for what it says. */
  ask(): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#answer = Promise.withResolvers();
  }

  found(streams: Streams): void {
    this.#known = streams;
    this.#trouble = undefined;
    this.#answer.resolve(undefined);
  }

  failed(trouble: SourceError): void {
    this.#trouble = trouble;
    this.#answer.resolve(undefined);
  }

  /** Undefined where the camera has no such stream. @throws {SourceError} while it cannot be asked, or what `signal` was aborted with */
  async of(name: StreamName, signal: AbortSignal): Promise<SourceAddress | undefined> {
    while (this.#known === undefined) {
      signal.throwIfAborted();
      if (this.#trouble !== undefined) throw this.#trouble;
      await untilAborted(this.#answer.promise, signal);
    }
    return this.#known[name];
  }
}

/** Resolves with the promise, or rejects with what `signal` is aborted with. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}

export interface AskedSourceOptions {
  readonly name: StreamName;
  /** Undefined where nobody asks. */
  readonly streams:
    | {
        /** See {@link AskedStreams.of}. */
        stream(name: StreamName, signal: AbortSignal): Promise<SourceAddress | undefined>;
        /** What is known may be wrong: it is to be asked for anew. Nobody waits for it. */
        askAnew(): void;
      }
    | undefined;
  readonly reader: (address: SourceAddress) => (last: SourceError | undefined) => Source;
}

/** Reads a stream whose address the camera is asked for. */
export function askedSource({ name, streams, reader }: AskedSourceOptions): (last: SourceError | undefined) => Source {
  let current: { readonly url: string; readonly open: (last: SourceError | undefined) => Source } | undefined;
  let read = false;
  return (last) => async (sink, gate, signal) => {
    if (last !== undefined && read && isRefusal(last)) streams?.askAnew();
    // Trouble with asking says nothing of who reads.
    const error = read ? last : undefined;
    read = false;
    const address = await streams?.stream(name, signal).catch((reason: unknown) => {
      if (signal.aborted) return undefined;
      throw reason;
    });
    if (signal.aborted) return;
    if (address === undefined) throw new SourceError('absent', 'the camera has no smaller stream');
    const same = current?.url === address.url;
    current = current !== undefined && same ? current : { url: address.url, open: reader(address) };
    read = true;
    await current.open(same ? error : undefined)(sink, gate, signal);
  };
}

/** The camera has nothing there, any more. */
const isRefusal = ({ failure }: SourceError): boolean =>
  failure === 'not-found' || failure === 'unauthorized' || failure === 'unreachable';
