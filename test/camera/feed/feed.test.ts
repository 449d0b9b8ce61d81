import { setImmediate as turn } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { Feed, type FeedState } from '../../../src/camera/feed/feed.js';
import { ReadBatches } from '../../../src/camera/feed/read-batches.js';
import type { Formats, Packet, VideoPacket } from '../../../src/media/packet.js';
import { SourceError, type Source, type SourceSink } from '../../../src/media/source.js';

const formats: Formats = {
  video: { kind: 'video', codec: 'mjpeg', width: 640, height: 360, parameterSets: [], extradata: Buffer.alloc(0) },
  audio: undefined,
};
const picture = (time: number, keyframe = true): VideoPacket => ({
  kind: 'video',
  time,
  keyframe,
  units: [Buffer.alloc(10)],
  bytes: 10,
});

/** A camera in the test's hands: each attempt to connect waits in `attempts` for what the test lets happen. */
function camera() {
  const attempts: { sink: SourceSink; fail: (error: SourceError) => void; last: SourceError | undefined }[] = [];
  const open = (last: SourceError | undefined): Source => {
    return (sink, _gate, signal) =>
      new Promise<void>((resolve, reject) => {
        signal.addEventListener('abort', () => {
          resolve();
        });
        attempts.push({ sink, fail: reject, last });
      });
  };
  return { attempts, open };
}

describe('Feed', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  function start() {
    const { attempts, open } = camera();
    const feed = new Feed({
      open,
      gate: new ReadBatches().gate(),
      ring: { span: 10_000, bytes: 1e6 },
      now: () => Date.now(),
      wallclock: () => Date.now(),
      random: () => 0,
    });
    const seen: { packets: Packet[]; states: FeedState[]; interrupted: number } = {
      packets: [],
      states: [],
      interrupted: 0,
    };
    feed.subscribe({
      packet: (packet) => seen.packets.push(packet),
      state: (state) => seen.states.push(state),
      interrupted: () => seen.interrupted++,
    });
    const stop = new AbortController();
    const ended = feed.run(stop.signal);
    return { feed, attempts, seen, stop, ended };
  }

  const attempt = <T>(attempts: readonly T[], at: number): T => {
    const found = attempts[at];
    if (found === undefined) throw new Error(`no attempt ${at}`);
    return found;
  };

  it('is online from the first keyframe on', async () => {
    const { feed, attempts, seen, stop, ended } = start();
    const { sink } = attempt(attempts, 0);
    sink.formats(formats);
    sink.packet(picture(5000, false));
    expect(feed.state.kind).toBe('connecting');
    sink.packet(picture(5040));
    expect(feed.state.kind).toBe('online');
    expect(seen.packets).toHaveLength(1);
    expect(feed.ring.newestKeyframe()).toBeDefined();
    stop.abort();
    await ended;
  });

  it('tells why a camera is away, since when, and connects again', async () => {
    const { feed, attempts, seen, stop, ended } = start();
    attempt(attempts, 0).sink.formats(formats);
    attempt(attempts, 0).sink.packet(picture(0));
    attempt(attempts, 0).fail(new SourceError('closed', 'the camera closed the connection'));
    await turn();
    expect(feed.state).toMatchObject({
      kind: 'offline',
      failure: 'closed',
      reason: 'the camera closed the connection',
    });
    const since = feed.state.since;
    await jest.advanceTimersByTimeAsync(10);
    attempt(attempts, 1).fail(new SourceError('unreachable', 'nothing answers'));
    await jest.advanceTimersByTimeAsync(1000);
    expect(feed.state).toMatchObject({ kind: 'offline', since, reason: 'nothing answers' });
    expect(attempt(attempts, 2).last).toMatchObject({ failure: 'unreachable' });
    attempt(attempts, 2).sink.formats(formats);
    attempt(attempts, 2).sink.packet(picture(0));
    expect(feed.state.kind).toBe('online');
    expect(seen.interrupted).toBe(2);
    expect(feed.ring.all).toHaveLength(1);
    stop.abort();
    await ended;
  });

  it('ends a connection that falls silent', async () => {
    const { feed, attempts, stop, ended } = start();
    attempt(attempts, 0).sink.formats(formats);
    for (let time = 0; time < 1000; time += 40) {
      attempt(attempts, 0).sink.packet(picture(time));
      await jest.advanceTimersByTimeAsync(40);
    }
    await jest.advanceTimersByTimeAsync(2500);
    expect(feed.state.kind).toBe('online');
    await jest.advanceTimersByTimeAsync(600);
    expect(feed.state).toMatchObject({ kind: 'offline', failure: 'timed-out' });
    stop.abort();
    await ended;
  });

  it('says nothing when it only has to try another kind of source', async () => {
    const { feed, attempts, stop, ended } = start();
    attempt(attempts, 0).fail(new SourceError('unsupported', 'speaks G.726'));
    await jest.advanceTimersByTimeAsync(10);
    expect(feed.state.kind).toBe('connecting');
    expect(attempts).toHaveLength(2);
    stop.abort();
    await ended;
  });

  it('does not ask again for a stream that a camera has not', async () => {
    const { feed, attempts, stop, ended } = start();
    attempt(attempts, 0).fail(new SourceError('absent', 'the camera has no smaller stream'));
    await ended;
    expect([feed.state.kind, attempts.length, jest.getTimerCount()]).toEqual(['offline', 1, 0]);
    stop.abort();
  });

  it('forgets what it saw when it is switched off, and connects when it is run again', async () => {
    const { feed, attempts, seen, stop, ended } = start();
    const first = attempt(attempts, 0);
    first.sink.formats(formats);
    first.sink.packet(picture(0));
    stop.abort();
    feed.switchOff(1234);
    first.sink.formats(formats);
    first.sink.packet(picture(40));
    await ended;
    expect(feed.state).toEqual({ kind: 'off', since: 1234 });
    expect([feed.ring.all, feed.formats, feed.info]).toEqual([[], undefined, undefined]);
    expect(seen.packets).toHaveLength(1);
    const again = new AbortController();
    const over = feed.run(again.signal);
    expect(feed.state.kind).toBe('connecting');
    attempt(attempts, 1).sink.formats(formats);
    attempt(attempts, 1).sink.packet(picture(5000));
    expect(seen.states.map(({ kind }) => kind)).toEqual(['online', 'off', 'connecting', 'online']);
    expect(seen.interrupted).toBe(2);
    again.abort();
    await over;
  });

  it('stays off where the connection had just failed', async () => {
    const { feed, attempts, stop, ended } = start();
    attempt(attempts, 0).fail(new SourceError('closed', 'the camera closed the connection'));
    stop.abort();
    feed.switchOff(0);
    await ended;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(feed.state.kind).toBe('off');
    expect(attempts).toHaveLength(1);
  });

  it('leaves no timer behind', async () => {
    const { attempts, stop, ended } = start();
    attempt(attempts, 0).sink.formats(formats);
    attempt(attempts, 0).sink.packet(picture(0));
    stop.abort();
    await ended;
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('ReadBatches', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const stream = () => ({
    paused: false,
    pause() {
      this.paused = true;
    },
    resume() {
      this.paused = false;
    },
  });

  it('holds all idle streams and wakes them together', () => {
    const batches = new ReadBatches();
    const [one, two] = [stream(), stream()];
    batches.gate().afterRead(one);
    jest.advanceTimersByTime(50);
    batches.gate().afterRead(two);
    expect([one.paused, two.paused]).toEqual([true, true]);
    jest.advanceTimersByTime(50);
    expect([one.paused, two.paused]).toEqual([false, false]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('lets a watched stream flow at once', () => {
    const gate = new ReadBatches().gate();
    const one = stream();
    gate.afterRead(one);
    const end = gate.watch();
    expect(one.paused).toBe(false);
    gate.afterRead(one);
    expect(one.paused).toBe(false);
    end();
    end();
    gate.afterRead(one);
    expect(one.paused).toBe(true);
  });
});
