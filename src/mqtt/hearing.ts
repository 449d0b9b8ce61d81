import type { Camera } from '../camera/camera.js';
import type { Log } from '../camera/log.js';
import { isOn } from '../camera/modes/modes.js';
import { Allowance } from '../camera/reports/allowance.js';
import type { Refusals } from '../camera/reports/refusals.js';
import { report, type ReportedCamera } from '../camera/reports/reports.js';
import { HeardIds, isRefused, refuse, type Refused, type Told } from '../camera/reports/told.js';
import type { Feedback } from '../events/event.js';
import type { Heard } from './bus.js';
import { frigateCountOf, frigateEventOf, frigateFilters } from './frigate.js';
import * as inbound from './inbound.js';
import { LONGEST } from './inbound.js';
import { type Asked, askedOf, ownFilters, SETTABLE, type SettableMode } from './topics.js';

/** What is heard of, and told to. */
export type HeardCamera = ReportedCamera & {
  readonly id: string;
  readonly name: string;
  readonly settings: Pick<
    Camera['settings'],
    'type' | 'mqtt' | 'onvif' | 'privacySwitch' | 'detectionSwitch' | 'doorbell'
  >;
  readonly modes: Pick<Camera['modes'], 'current' | 'change'>;
  /** Undefined where it is not asked. */
  readonly onvif: Pick<NonNullable<Camera['onvif']>, 'goTo'> | undefined;
};

export interface HearingOptions {
  readonly topic: string;
  readonly frigateTopic: string;
  readonly cameras: readonly HeardCamera[];
  /** False where there is no such event. */
  readonly setFeedback: (event: string, feedback: Feedback) => Promise<boolean>;
  readonly refusals: Refusals;
  readonly log: Pick<Log, 'warn'>;
  /** Monotonic milliseconds, on the clock of the feeds. */
  readonly now: () => number;
  /** Milliseconds since the epoch. */
  readonly wallclock: () => number;
}

/** Of one topic, and of all: what is more is dropped before anything is read of it. */
export const OF_ONE = { burst: 40, perSecond: 20 };
const OF_ALL = { burst: 200, perSecond: 100 };

/** What a topic that was subscribed to is understood as. */
type Handler = (heard: Heard, at: number) => Refused | undefined;

/** Understands what comes in over MQTT, and passes it on to the cameras. */
export class Hearing {
  readonly filters: readonly string[];
  readonly #options: HearingOptions;
  /** In lower case. */
  readonly #cameras: ReadonlyMap<string, HeardCamera>;
  /** By topic: others' that are mapped to cameras. */
  readonly #mapped = new Map<string, Handler[]>();
  readonly #allowances = new Map<string, Allowance>();
  readonly #all: Allowance;
  readonly #ids = new HeardIds();
  /** On their way to a preset. */
  readonly #moving = new Set<HeardCamera>();
  /** What was last in the way of that, which is said once. */
  readonly #stuck = new Map<HeardCamera, string>();

  constructor(options: HearingOptions) {
    const { topic, frigateTopic, cameras, now } = options;
    this.#options = options;
    this.#cameras = new Map(cameras.map((camera) => [camera.id.toLowerCase(), camera]));
    this.#all = new Allowance(OF_ALL, now());
    const filters = new Set(ownFilters(topic));
    for (const camera of cameras) {
      const { frigate, listen } = camera.settings.mqtt;
      if (frigate !== undefined) for (const filter of frigateFilters(frigateTopic, frigate)) filters.add(filter);
      for (const mapping of listen) {
        filters.add(mapping.topic);
        this.#map(mapping.topic, (heard, at) =>
          this.#told(camera, inbound.mappedOf(heard.payload, mapping), heard, at),
        );
      }
    }
    this.filters = [...filters];
  }

  hear(heard: Heard): void {
    const { topic } = heard;
    const { refusals } = this.#options;
    const now = this.#options.now();
    const handlers = this.#handlersOf(topic);
    if (handlers.length === 0) return;
    if (!this.#mayBeHeard(topic, now)) {
      refusals.refuse(topic, 'flood', 'there are too many of them');
      return;
    }
    if (heard.retained) {
      // Devices retain their states as a matter of course; what is asked of us is asked now.
      if (askedOf(this.#options.topic, topic))
        refusals.refuse(topic, 'replayed', 'it is retained, and may be as old as can be');
      return;
    }
    if (heard.payload.length > LONGEST) {
      refusals.refuse(topic, 'oversized', 'it is too long');
      return;
    }
    for (const handle of handlers) {
      const refused = handle(heard, now);
      if (refused !== undefined) refusals.refuse(topic, refused.kind, refused.refused);
    }
  }

  #handlersOf(topic: string): readonly Handler[] {
    const asked = askedOf(this.#options.topic, topic);
    const own: Handler[] = asked === undefined ? [] : [(heard, at) => this.#ask(asked, heard, at)];
    return [...own, ...this.#frigate(topic), ...(this.#mapped.get(topic) ?? [])];
  }

  #frigate(topic: string): Handler[] {
    const { frigateTopic, cameras } = this.#options;
    if (!topic.startsWith(`${frigateTopic}/`)) return [];
    const [first = '', object, ...rest] = topic.slice(frigateTopic.length + 1).split('/');
    if (first === 'events' && object === undefined) return [(heard, at) => this.#frigateEvent(heard, at)];
    if (object === undefined || rest.length > 0) return [];
    return cameras
      .filter(({ settings }) => settings.mqtt.frigate === first)
      .map((camera) => (heard, at) => this.#told(camera, frigateCountOf(object, heard.payload), heard, at));
  }

  #frigateEvent(heard: Heard, at: number): Refused | undefined {
    const event = frigateEventOf(heard.payload);
    if (event === undefined || isRefused(event)) return event;
    for (const camera of this.#options.cameras) {
      if (camera.settings.mqtt.frigate === event.camera) this.#told(camera, event, heard, at);
    }
    return undefined;
  }

  #map(topic: string, handler: Handler): void {
    this.#mapped.set(topic, [...(this.#mapped.get(topic) ?? []), handler]);
  }

  /** Unknown topics share one allowance, so that there are never more than the known ones. */
  #mayBeHeard(topic: string, now: number): boolean {
    const asked = askedOf(this.#options.topic, topic);
    const known = asked === undefined || this.#cameras.has(asked.camera.toLowerCase());
    const key = asked === undefined ? topic : known ? `${asked.camera.toLowerCase()}/${asked.kind}` : '';
    let allowance = this.#allowances.get(key);
    if (allowance === undefined) this.#allowances.set(key, (allowance = new Allowance(OF_ONE, now)));
    return allowance.take(now) && this.#all.take(now);
  }

  #ask(asked: Asked, heard: Heard, at: number): Refused | undefined {
    const camera = this.#cameras.get(asked.camera.toLowerCase());
    if (camera === undefined) return refuse('there is no such camera', 'unauthorised');
    switch (asked.kind) {
      case 'trigger':
        return this.#told(camera, inbound.triggerOf(heard.payload, this.#options.wallclock()), heard, at);
      case 'set':
        return this.#set(camera, asked.mode, heard.payload);
      case 'feedback':
        return this.#feedback(heard.payload);
    }
  }

  #told(
    camera: HeardCamera,
    told: Told | Refused | undefined,
    { topic }: Pick<Heard, 'topic'>,
    at: number,
  ): Refused | undefined {
    if (told === undefined || isRefused(told)) return told;
    if (told.id !== undefined && !this.#ids.isNew(`${camera.id} ${told.id}`))
      return refuse('it was heard before', 'replayed');
    const outcome = report(camera, told.report, {
      ...{ at, source: 'mqtt', ends: told.ends },
      by: `${topic} ${told.of}`,
    });
    return outcome === 'no-doorbell'
      ? refuse(`${camera.name} is no doorbell: its "type" is "${camera.settings.type}"`, 'unauthorised')
      : undefined;
  }

  #set(camera: HeardCamera, wanted: string, payload: Buffer): Refused | undefined {
    if (wanted === 'preset') return this.#goTo(camera, payload);
    const mode = SETTABLE.find((each) => each === wanted);
    if (mode === undefined)
      return refuse(`there is nothing to set but ${SETTABLE.join(', ')} and preset`, 'unauthorised');
    if (!settable(camera).includes(mode))
      return refuse(`${camera.name} has no such switch. See ${SETTING[mode]}`, 'unauthorised');
    const on = inbound.switchOf(payload);
    if (typeof on !== 'boolean') return on;
    camera.modes.change({ [mode]: on });
    return undefined;
  }

  #goTo(camera: HeardCamera, payload: Buffer): Refused | undefined {
    const preset = inbound.presetOf(payload, presetsOf(camera));
    if (typeof preset !== 'string') return preset;
    if (!isOn(camera.modes.current)) return undefined;
    if (this.#moving.has(camera)) return refuse(`${camera.name} has not yet taken the one before`, 'flood');
    this.#moving.add(camera);
    const go = async (): Promise<void> => {
      try {
        await camera.onvif?.goTo(preset);
        this.#stuck.delete(camera);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const said = `${camera.name}: it did not go to its preset “${preset}”. ${reason}`;
        if (this.#stuck.get(camera) !== said) this.#options.log.warn(said);
        this.#stuck.set(camera, said);
      } finally {
        this.#moving.delete(camera);
      }
    };
    void go();
    return undefined;
  }

  #feedback(payload: Buffer): Refused | undefined {
    const told = inbound.feedbackOf(payload);
    if (isRefused(told)) return told;
    const { setFeedback, wallclock, log } = this.#options;
    const { event, verdict, category, note } = told;
    void setFeedback(event, { verdict, category, note, at: wallclock() }).catch((error: unknown) => {
      log.warn(`MQTT: feedback cannot be kept: ${error instanceof Error ? error.message : String(error)}`);
    });
    return undefined;
  }
}

const SETTING: Readonly<Record<SettableMode, string>> = {
  privacy: '"privacySwitch"',
  detection: '"detectionSwitch"',
  chime: '"doorbell.chimeSwitch"',
};

/** The presets that the settings name, of a camera that can be asked to go there. */
export const presetsOf = ({ settings, onvif }: Pick<HeardCamera, 'settings' | 'onvif'>): readonly string[] =>
  onvif === undefined ? [] : settings.onvif.presets;

/** A switch that HomeKit does not have cannot be left by MQTT in a position that nobody sees. */
export function settable({
  settings,
}: {
  readonly settings: Pick<Camera['settings'], 'type' | 'privacySwitch' | 'detectionSwitch' | 'doorbell'>;
}): SettableMode[] {
  const { privacySwitch, detectionSwitch, type, doorbell } = settings;
  const has = {
    privacy: privacySwitch,
    detection: detectionSwitch,
    chime: type === 'doorbell' && doorbell.chimeSwitch,
  };
  return SETTABLE.filter((mode) => has[mode]);
}
