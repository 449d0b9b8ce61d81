import type { Ffmpeg } from '../../media/ffmpeg/capabilities.js';
import { openPost } from '../../media/ffmpeg/http-post.js';
import { startTalkEncoder, type TalkEncoder, type TalkInput } from '../../media/ffmpeg/talk-encoder.js';
import type { AudioPacket } from '../../media/packet.js';
import { openBackchannel } from '../../media/rtsp/backchannel.js';
import type { Backchannel, TalkTarget } from './target.js';

/** A way to a camera's loudspeaker, with what it takes to be heard there. */
export interface TalkLine {
  push(packet: AudioPacket): void;
  /**
   * Resolves when all of it is gone: with an error, in words for the admin, where that was neither because `signal` was
   * aborted nor the end of a file. Never rejects.
   */
  readonly ended: Promise<Error | undefined>;
}

export interface TalkLineOptions {
  readonly ffmpeg: Pick<Ffmpeg, 'path'>;
  readonly target: TalkTarget;
  /** Where a camera that is asked has its backchannel. @throws in words for the admin */
  readonly ask?: ((signal: AbortSignal) => Promise<Backchannel>) | undefined;
  readonly input: TalkInput;
  readonly now: () => number;
}

/** Where coded sound is given to; there is none where ffmpeg sends it itself. */
interface Wire {
  send(data: Buffer): void;
  readonly ended: Promise<Error | undefined>;
}

/** @throws in words for the admin, where the camera cannot be talked to; or what `signal` was aborted with */
export async function openLine(options: TalkLineOptions, signal: AbortSignal): Promise<TalkLine> {
  const { target, ask, now } = options;
  const life = new AbortController();
  const end = (): void => {
    life.abort();
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    signal.throwIfAborted();
    switch (target.kind) {
      case 'asked':
      case 'onvif': {
        const place = target.kind === 'onvif' ? target : await ask?.(life.signal);
        if (place === undefined) throw new Error('Nobody has asked the camera where it is talked to.');
        const wire = await openBackchannel({ ...place, now }, life.signal);
        return connect(options, { ...wire.plan, to: 'packets' }, wire, life, end, signal);
      }
      case 'post': {
        const wire = await openPost(target.url, target.contentType, life.signal);
        return connect(options, { ...target.format, to: 'bytes' }, wire, life, end, signal);
      }
      case 'ffmpeg': {
        const { format, url, muxer } = target;
        return connect(options, { ...format, to: 'url', url, muxer }, undefined, life, end, signal);
      }
    }
  } catch (error) {
    signal.removeEventListener('abort', end);
    end();
    throw error;
  }
}

function connect(
  { ffmpeg, input, target }: TalkLineOptions,
  output: Parameters<typeof startTalkEncoder>[0]['output'],
  wire: Wire | undefined,
  life: AbortController,
  end: () => void,
  signal: AbortSignal,
): TalkLine {
  const encoder: TalkEncoder = startTalkEncoder({
    ffmpeg,
    input,
    output,
    signal: life.signal,
    onData: (data) => wire?.send(data),
  });
  const said = encoder.ended.then((words) => (words === undefined ? undefined : encoderError(target, words)));
  const over = async (): Promise<Error | undefined> => {
    const error = await (wire === undefined ? said : Promise.race([said, wire.ended]));
    signal.removeEventListener('abort', end);
    end();
    await Promise.all([encoder.ended, wire?.ended]);
    return signal.aborted ? undefined : error;
  };
  return {
    push: (packet) => {
      encoder.push(packet);
    },
    ended: over(),
  };
}

function encoderError(target: TalkTarget, words: string): Error {
  if (target.kind !== 'ffmpeg') return new Error(`ffmpeg could not make the sound that the camera takes: ${words}.`);
  return new Error(
    `ffmpeg could not write to ${target.display}: ${words.replace(/\.$/, '')}. ` +
      'Check "talk" and "talkCodec" in the settings, and that the camera takes sound there.',
  );
}
