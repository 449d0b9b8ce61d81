import type { Selection } from './selection.js';

/** What has to happen one after the other for something to be recorded. Times are milliseconds since the epoch. */
export interface RecordingFacts {
  readonly motionLinked: boolean;
  /** What the hub selected, undefined where none has. */
  readonly selection: Selection | undefined;
  readonly active: boolean;
  readonly lastMotion: number | undefined;
  readonly lastOpen: number | undefined;
  readonly lastClose: { readonly at: number; readonly reason: string } | undefined;
}

export interface Link {
  readonly name: 'motion sensor' | 'configuration' | 'active' | 'last motion' | 'last open' | 'last close';
  /** Whether it holds; what comes after the first that does not cannot be. */
  readonly holds: boolean;
  readonly text: string;
}

/** The chain from the motion sensor to the last recording's end. */
export function recordingChain(facts: RecordingFacts): Link[] {
  const { motionLinked, selection, active, lastMotion, lastOpen, lastClose } = facts;
  return [
    { name: 'motion sensor', holds: motionLinked, text: motionLinked ? 'linked' : 'not linked' },
    { name: 'configuration', holds: selection !== undefined, text: selection ? describe(selection) : 'none selected' },
    { name: 'active', holds: active, text: active ? 'yes' : 'no' },
    { name: 'last motion', holds: lastMotion !== undefined, text: moment(lastMotion) },
    { name: 'last open', holds: lastOpen !== undefined, text: moment(lastOpen) },
    {
      name: 'last close',
      holds: lastClose !== undefined,
      text: lastClose === undefined ? 'never' : `${moment(lastClose.at)}, ${lastClose.reason}`,
    },
  ];
}

export const sayChain = (chain: readonly Link[]): string =>
  chain.map(({ name, text }) => `${name}: ${text}`).join(' → ');

const describe = ({ width, height, fps, fragment, prebuffer, sound }: Selection): string =>
  `${width}×${height} at ${fps}, ${prebuffer / 1000} s before, fragments of ${fragment / 1000} s, ` +
  `AAC at ${sound.sampleRate / 1000} kHz`;

const moment = (time: number | undefined): string => (time === undefined ? 'never' : new Date(time).toISOString());

/** So many times in a row motion may have been without a recording before the admin hears of it. */
const UNHEARD_MOTIONS = 10;

/** Keeps one camera's chain, and says once when its motion is recorded by nobody. */
export class RecordingDiagnosis {
  private known: RecordingFacts;
  private unopened = 0;
  private hinted = false;

  constructor(
    private readonly options: {
      readonly motionLinked: boolean;
      readonly wallclock: () => number;
      readonly debug: (chain: string) => void;
      readonly hint: (sentence: string) => void;
    },
  ) {
    this.known = {
      ...{ motionLinked: options.motionLinked, selection: undefined, active: false },
      ...{ lastMotion: undefined, lastOpen: undefined, lastClose: undefined },
    };
  }

  get facts(): RecordingFacts {
    return this.known;
  }

  selected(selection: Selection | undefined): void {
    this.learn({ selection });
  }

  activated(active: boolean): void {
    this.unopened = 0;
    this.learn({ active });
  }

  moved(): void {
    this.learn({ lastMotion: this.options.wallclock() });
    this.unopened++;
    if (!this.known.active || this.hinted || this.unopened < UNHEARD_MOTIONS) return;
    this.hinted = true;
    this.options.hint(
      this.known.selection === undefined
        ? `HomeKit has switched recording on, but its hub never said how: ${UNHEARD_MOTIONS} motions were not recorded. ` +
            'Open the camera in the Home app, and set its recording options to "Off" and back to "Stream & Allow Recording".'
        : `${UNHEARD_MOTIONS} motions in a row were not recorded: the home hub did not ask for them. ` +
            'A home hub (HomePod, Apple TV) has to be on, in the same network, and allowed to record by the camera’s ' +
            'options in the Home app ("Record when Motion is Detected" or any motion).',
    );
  }

  opened(): void {
    this.unopened = 0;
    this.learn({ lastOpen: this.options.wallclock() });
  }

  closed(reason: string): void {
    this.learn({ lastClose: { at: this.options.wallclock(), reason } });
  }

  private learn(news: Partial<RecordingFacts>): void {
    this.known = { ...this.known, ...news };
    this.options.debug(sayChain(recordingChain(this.known)));
  }
}
