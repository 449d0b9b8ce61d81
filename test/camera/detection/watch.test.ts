import { setImmediate as turn } from 'node:timers/promises';
import { Watch, type WatchedFeed } from '../../../src/camera/detection/watch.js';
import type { FeedListener, FeedState } from '../../../src/camera/feed/feed.js';
import { Ring } from '../../../src/camera/feed/ring.js';
import { describeStream } from '../../../src/camera/feed/stream-info.js';
import type { Portion } from '../../../src/detection/messages.js';
import type { AnalystOptions } from '../../../src/detection/thread.js';
import type { CandidateSource, Finding } from '../../../src/detection/types.js';
import type { Formats, VideoFormat, VideoPacket } from '../../../src/media/packet.js';

const STEP = 250;

/** A feed in the test's hands, with a picture every 250 ms. */
class TestFeed implements WatchedFeed {
  state: FeedState = { kind: 'connecting', since: 0 };
  formats: Formats | undefined;
  readonly ring = new Ring({ span: 10_000, bytes: 1e9 });
  readonly listeners = new Set<FeedListener>();
  private readonly video: VideoFormat;
  private count = 0;

  constructor(
    private readonly hub: Hub,
    width: number,
    /** Milliseconds. */
    private readonly gop: number,
    codec = 'mjpeg',
  ) {
    const height = (width * 9) / 16;
    this.video = { kind: 'video', codec, width, height, parameterSets: [], extradata: Buffer.alloc(0) };
  }

  get info() {
    return describeStream(this.ring.all);
  }

  subscribe(listener: FeedListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  connect(): void {
    this.ring.clear();
    this.count = 0;
    this.formats = { video: this.video, audio: undefined };
    this.tell((listener) => listener.interrupted?.());
    this.change({ kind: 'online', since: this.hub.now });
  }

  fail(): void {
    this.change({ kind: 'offline', since: this.hub.now, failure: 'unreachable', reason: 'it is away' });
  }

  /** One picture. */
  come(): void {
    if (this.formats === undefined || this.state.kind !== 'online') return;
    const packet: VideoPacket = {
      kind: 'video',
      time: this.hub.now,
      keyframe: (this.count++ * STEP) % this.gop === 0,
      units: [Buffer.from([1])],
      bytes: 1,
    };
    this.ring.push(packet, this.formats, this.hub.now);
    this.tell((listener) => listener.packet?.(packet));
  }

  private change(state: FeedState): void {
    this.state = state;
    this.tell((listener) => listener.state?.(state));
  }

  private tell(message: (listener: FeedListener) => void): void {
    for (const listener of [...this.listeners]) message(listener);
  }
}

/** A camera under watch, its thread in the test's hands. */
class Hub {
  now = 0;
  readonly life = new AbortController();
  readonly said: string[] = [];
  readonly asked: string[] = [];
  readonly findings: Finding[] = [];
  readonly active: boolean[] = [];
  losses = 0;
  fed: Portion[] = [];
  analyst!: AnalystOptions;
  feeds: TestFeed[] = [];

  watch(main: TestFeed, sub?: TestFeed): Watch {
    this.feeds = sub === undefined ? [main] : [main, sub];
    const say = (level: string) => (message: string) => void this.said.push(`${level}: ${message}`);
    const watch = new Watch({
      name: 'Door',
      main,
      sub,
      thread: {
        open: (options) => {
          this.analyst = options;
          return {
            feed: (portions) => void this.fed.push(...portions),
            watchBy: (mode) => void this.asked.push(mode),
            candidate: (at: number, source: CandidateSource) => void this.asked.push(`${source} at ${at}`),
            doubtBy: (amount) => void this.asked.push(`doubt by ${amount}`),
            forget: () => void this.asked.push('forget'),
            close: () => void this.asked.push('close'),
          };
        },
      },
      ffmpeg: { path: '/usr/bin/ffmpeg', passthrough: [] },
      zones: [],
      sensitivity: 50,
      adaptation: undefined,
      log: { info: say('info'), warn: say('warn'), error: say('error'), debug: say('debug') },
      wallclock: () => this.now,
      onFinding: (finding) => this.findings.push(finding),
      onLearned: () => undefined,
      onLost: () => {
        this.losses++;
      },
      signal: this.life.signal,
    });
    watch.subscribe(() => this.active.push(watch.active));
    return watch;
  }

  /** Seconds pass, with a picture of each stream every 250 ms. */
  async pass(seconds: number): Promise<void> {
    for (let passed = 0; passed < seconds * 1000; passed += STEP) {
      for (const feed of this.feeds) feed.come();
      this.now += STEP;
    }
    await turn();
  }

  /** What was handed over since the last time: widths of formats, `-` interrupted, numbers of pictures and sizes. */
  async handedOver(): Promise<string[]> {
    await turn();
    const { fed } = this;
    this.fed = [];
    return fed.map((portion) => {
      switch (portion.type) {
        case 'format':
          return `format ${portion.format.width}`;
        case 'undecodable':
          return `undecodable ${portion.codec}`;
        case 'interrupted':
          return '-';
        case 'sizes':
          return `${portion.packets.length} sizes`;
        case 'coded':
          return `${portion.jump ? 'jump ' : ''}${portion.pictures.length} pictures`;
      }
    });
  }
}

let hub: Hub;
beforeEach(() => {
  hub = new Hub();
});

describe('Watch', () => {
  it('hands over all of a small stream, in one piece what was read at once', async () => {
    const feed = new TestFeed(hub, 640, 1000);
    hub.watch(feed);
    feed.connect();
    await hub.pass(2);
    // The way is known with the first picture.
    expect(hub.asked).toEqual(['keyframes', 'always']);
    const [first, format, ...rest] = await hub.handedOver();
    expect([first, format]).toEqual(['-', 'format 640']);
    expect(rest.at(-1)).toMatch(/^\d pictures$/);
    await hub.pass(2);
    expect(await hub.handedOver()).toEqual(['8 pictures']);
  });

  it('changes its way at 12 s, when it is known how rare keyframes are, and says so once', async () => {
    const feed = new TestFeed(hub, 1280, 5000);
    hub.watch(feed);
    feed.connect();
    await hub.pass(11);
    expect(hub.asked).toEqual(['keyframes']);
    expect(hub.said).toEqual([]);
    await hub.pass(20);
    expect(hub.asked).toEqual(['keyframes', 'always']);
    expect(hub.said).toEqual([
      expect.stringMatching(/^info: Door: Motion is looked for in the main stream\. Keyframes/),
    ]);
  });

  it('looks at the main stream while the smaller one is away, says so, and comes back', async () => {
    const [main, sub] = [new TestFeed(hub, 1280, 1000), new TestFeed(hub, 640, 1000)];
    const watch = hub.watch(main, sub);
    main.connect();
    sub.connect();
    await hub.pass(20);
    expect(await hub.handedOver()).not.toContain('format 1280');
    expect(hub.said).toEqual([expect.stringMatching(/smaller stream/)]);
    sub.fail();
    expect(watch.active).toBe(true);
    await hub.pass(4);
    const away = await hub.handedOver();
    expect(away[0]).toBe('-');
    expect(away).toContain('format 1280');
    expect(hub.said.at(-1)).toMatch(
      /^info: Door: The smaller stream is away: motion is looked for in the main stream\./,
    );
    sub.connect();
    await hub.pass(20);
    const back = await hub.handedOver();
    expect(back[0]).toBe('-');
    expect(back).toContain('format 640');
    expect(hub.said).toHaveLength(3);
    expect(hub.active).toEqual([true]);
  });

  it('hands over the past when the analysis asks for it, and what it finds goes on', async () => {
    const feed = new TestFeed(hub, 1280, 2000);
    hub.watch(feed);
    feed.connect();
    await hub.pass(20);
    await hub.handedOver();
    hub.analyst.onNews({ type: 'finding', finding: { type: 'look', from: 15_000, until: 21_000, source: 'keyframe' } });
    expect(await hub.handedOver()).toEqual([`jump ${(20_000 - 14_000) / STEP} pictures`]);
    await hub.pass(1);
    expect((await hub.handedOver()).filter((each) => each.endsWith('pictures'))).toEqual(
      Array.from({ length: 4 }, () => '1 pictures'),
    );
    const finding: Finding = { type: 'non-event', nonEvent: { at: 15_000, reason: 'sway' } };
    hub.analyst.onNews({ type: 'finding', finding });
    expect(hub.findings).toEqual([finding]);
  });

  it('tells of trouble once in words, is not active meanwhile, and says that it is over', async () => {
    const feed = new TestFeed(hub, 640, 1000);
    const watch = hub.watch(feed);
    feed.connect();
    await hub.pass(1);
    hub.analyst.onNews({ type: 'trouble', reason: 'ffmpeg has ended: it is broken.', blind: true });
    expect(watch.active).toBe(false);
    hub.analyst.onNews({ type: 'trouble', reason: undefined, blind: false });
    expect(watch.active).toBe(true);
    expect(hub.said).toEqual([
      'warn: Door: nothing is detected for now: ffmpeg has ended: it is broken.',
      'info: Door: detection goes on.',
    ]);
    expect(hub.active).toEqual([true, false, true]);
  });

  it('stays active where it has gaps only, and says so', async () => {
    const feed = new TestFeed(hub, 640, 1000);
    const watch = hub.watch(feed);
    feed.connect();
    await hub.pass(1);
    hub.analyst.onNews({ type: 'trouble', reason: 'the hub is too slow', blind: false });
    expect(watch.active).toBe(true);
    expect(hub.said).toEqual(['warn: Door: detection has gaps: the hub is too slow.']);
  });

  it('is active while the stream that is looked at is there', () => {
    const [main, sub] = [new TestFeed(hub, 1280, 1000), new TestFeed(hub, 640, 1000)];
    const watch = hub.watch(main, sub);
    expect(watch.active).toBe(false);
    main.connect();
    expect(watch.active).toBe(false);
    sub.fail();
    expect(watch.active).toBe(true);
    main.fail();
    expect(watch.active).toBe(false);
    sub.connect();
    expect(watch.active).toBe(true);
    expect(hub.active).toEqual([true, false, true]);
  });

  it('tells the analysis where there is no decoder, and hands nothing over', async () => {
    const feed = new TestFeed(hub, 640, 1000, 'theora');
    hub.watch(feed);
    feed.connect();
    await hub.pass(3);
    const handedOver = await hub.handedOver();
    expect(handedOver.filter((each) => each.startsWith('undecodable'))).toEqual(['undecodable theora']);
    expect(handedOver.filter((each) => each.endsWith('pictures'))).toEqual([]);
  });

  it('is not active while the thread is dead, and describes the stream anew when there is another', async () => {
    const feed = new TestFeed(hub, 640, 1000);
    const watch = hub.watch(feed);
    feed.connect();
    await hub.pass(4.5);
    await hub.handedOver();
    hub.analyst.onLost();
    expect([watch.active, hub.losses]).toEqual([false, 1]);
    await hub.pass(1);
    await hub.handedOver();
    hub.analyst.onBack();
    expect(watch.active).toBe(true);
    await hub.pass(2);
    // From the next keyframe on.
    expect(await hub.handedOver()).toEqual(['format 640', '6 pictures']);
    expect(hub.losses).toBe(1);
  });

  it('ends what is going on when the stream is interrupted', async () => {
    const feed = new TestFeed(hub, 640, 1000);
    hub.watch(feed);
    feed.connect();
    await hub.pass(2);
    await hub.handedOver();
    feed.fail();
    expect(await hub.handedOver()).toEqual(['-']);
  });

  it('passes on what others say, and closes at its end', async () => {
    const feed = new TestFeed(hub, 640, 1000);
    const watch = hub.watch(feed);
    watch.candidate(5000, 'homekit');
    watch.doubtBy(0.5);
    watch.forget();
    feed.connect();
    feed.come();
    hub.life.abort();
    expect(hub.asked).toEqual(['keyframes', 'homekit at 5000', 'doubt by 0.5', 'forget', 'always', 'close']);
    expect(feed.listeners.size).toBe(0);
    expect(await hub.handedOver()).toEqual([]);
  });
});
