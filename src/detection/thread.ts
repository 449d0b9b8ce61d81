import { Worker } from 'node:worker_threads';
import type { AnalysisSettings, News, Portion, Reply, Request } from './messages.js';
import type { WatchMode } from './mode.js';
import type { CandidateSource } from './types.js';

export interface AnalystOptions {
  readonly settings: AnalysisSettings;
  readonly onNews: (news: News) => void;
  /** The thread has died: what was going on has no end, and nothing is looked at … */
  readonly onLost: () => void;
  /** … until it begins anew. The stream has to be described again. */
  readonly onBack: () => void;
}

/** One camera's analysis, in its thread. */
export interface Analyst {
  feed(portions: readonly Portion[]): void;
  watchBy(mode: WatchMode): void;
  candidate(at: number, source: CandidateSource): void;
  /** See doubt.ts. */
  doubtBy(amount: number): void;
  forget(): void;
  /** Ends what is going on, which is still told, and then everything. */
  close(): void;
}

export interface AnalysisThreadOptions {
  /** Ends the thread and all that is in it. */
  readonly signal: AbortSignal;
  /** Told each time the thread has died, with why. */
  readonly onDeath: (reason: string) => void;
}

const SOURCE = import.meta.url.endsWith('.ts');
const FILE = new URL(SOURCE ? './worker.ts' : './worker.js', import.meta.url);
/** From sources, as tests run it, Node has to be told how to read them. */
const EXEC_ARGV = [
  '--disable-warning=ExperimentalWarning',
  ...(SOURCE
    ? ['--experimental-transform-types', '--import', new URL('../../scripts/typescript.mjs', import.meta.url).href]
    : []),
];

/** Between deaths, ms; doubled each time up to the most. */
const RETRY = { first: 1_000, most: 60_000 };
/** A thread that lived as long, ms, died of something new. */
const HEALTHY = 60_000;
/** What is to be said at the end is waited for this long, ms: decoders that are stuck take a second to be ended. */
const FAREWELL = 2_500;

interface Open extends AnalystOptions {
  settings: AnalysisSettings;
  closing: boolean;
}

/** The thread in which all cameras are looked at: no answer to HomeKit waits for pixels. Started with the first camera. */
export class AnalysisThread {
  private readonly cameras = new Map<number, Open>();
  private worker: Worker | undefined;
  private startedAt = 0;
  private deaths = 0;
  private next = 1;
  private retry: NodeJS.Timeout | undefined;

  constructor(private readonly options: AnalysisThreadOptions) {
    options.signal.addEventListener(
      'abort',
      () => {
        clearTimeout(this.retry);
        for (const camera of [...this.cameras.keys()]) this.send({ type: 'close', camera });
        const { worker } = this;
        if (worker === undefined) return;
        if (this.cameras.size === 0) void worker.terminate();
        else setTimeout(() => void worker.terminate(), FAREWELL).unref();
      },
      { once: true },
    );
  }

  open(options: AnalystOptions): Analyst {
    const camera = this.next++;
    const open: Open = { ...options, closing: false };
    this.cameras.set(camera, open);
    if (this.worker === undefined && this.retry === undefined) this.start();
    else this.send({ type: 'open', camera, settings: open.settings });
    return {
      feed: (portions) => {
        const handedOver = portions.flatMap((portion) =>
          portion.type === 'coded' ? portion.pictures.map(({ data }) => data.buffer as ArrayBuffer) : [],
        );
        this.send({ type: 'feed', camera, portions }, handedOver);
      },
      watchBy: (mode) => {
        open.settings = { ...open.settings, mode };
        this.send({ type: 'mode', camera, mode });
      },
      candidate: (at, source) => {
        this.send({ type: 'candidate', camera, at, source });
      },
      doubtBy: (doubt) => {
        open.settings = { ...open.settings, doubt };
        this.send({ type: 'doubt', camera, doubt });
      },
      forget: () => {
        open.settings = { ...open.settings, adaptation: undefined };
        this.send({ type: 'forget', camera });
      },
      close: () => {
        open.closing = true;
        if (this.worker === undefined) this.cameras.delete(camera);
        else this.send({ type: 'close', camera });
      },
    };
  }

  private send(request: Request, handedOver: ArrayBuffer[] = []): void {
    this.worker?.postMessage(request, handedOver);
  }

  private start(): void {
    this.retry = undefined;
    if (this.options.signal.aborted) return;
    const worker = new Worker(FILE, { name: 'lookout-detection', execArgv: EXEC_ARGV });
    this.worker = worker;
    this.startedAt = performance.now();
    let fault = '';
    worker.on('message', (reply: Reply) => {
      this.hear(reply);
    });
    worker.on('error', (error) => {
      fault = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', (code) => {
      this.worker = undefined;
      for (const [camera, { closing }] of this.cameras) if (closing) this.cameras.delete(camera);
      if (!this.options.signal.aborted) this.restart(fault === '' ? `exit code ${code}` : fault);
    });
    for (const [camera, { settings }] of this.cameras) this.send({ type: 'open', camera, settings });
  }

  private restart(reason: string): void {
    if (performance.now() - this.startedAt > HEALTHY) this.deaths = 0;
    const wait = Math.min(RETRY.first * 2 ** this.deaths++, RETRY.most);
    this.options.onDeath(reason);
    this.retry = setTimeout(() => {
      this.start();
      for (const { onBack } of [...this.cameras.values()]) onBack();
    }, wait);
    for (const { onLost } of [...this.cameras.values()]) onLost();
  }

  private hear(reply: Reply): void {
    const open = this.cameras.get(reply.camera);
    if (reply.type === 'closed') {
      this.cameras.delete(reply.camera);
      if (this.options.signal.aborted && this.cameras.size === 0) void this.worker?.terminate();
      return;
    }
    if (reply.type === 'learned' && open !== undefined)
      open.settings = { ...open.settings, adaptation: reply.adaptation };
    open?.onNews(reply);
  }
}
