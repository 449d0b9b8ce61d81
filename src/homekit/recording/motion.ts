import type { HAP, Service } from 'homebridge';
import type { Camera } from '../../camera/camera.js';
import type { Clock } from '../../media/rtp/rtp-stream.js';
import type { MotionTimes } from './span.js';

/** An event that began longer before its sensor went on is not what it went on for, ms. */
const LONGEST_DELAY = 15_000;

/** The times of a camera's motion sensor and button; motion began when its event did, which is noticed some time later. */
export class SensedMotion implements MotionTimes {
  isOn: boolean;
  endedAt: number | undefined;
  rangAt: number | undefined;
  private onAt: number | undefined;
  private eventAt: number | undefined;

  /** @param onMotion hears of each beginning */
  constructor(
    { Characteristic: { MotionDetected }, CharacteristicEventTypes }: HAP,
    service: Service,
    events: Camera['events'],
    clock: Clock,
    signal: AbortSignal,
    onMotion: () => void,
  ) {
    const detected = service.getCharacteristic(MotionDetected);
    this.isOn = false;
    const change = ({ newValue }: { newValue: unknown }): void => {
      const isOn = newValue === true || newValue === 1;
      // HAP-NodeJS also tells of a sensor that is off as before, when it restores one.
      if (isOn === this.isOn) return;
      this.isOn = isOn;
      if (!isOn) {
        this.endedAt = clock.now();
        return;
      }
      this.onAt = clock.now();
      onMotion();
    };
    detected.on(CharacteristicEventTypes.CHANGE, change);
    const timeOf = (epoch: number): number => clock.now() - Math.max(0, clock.wallclock() - epoch);
    const unsubscribe = events.subscribe({
      event: (phase, { start }) => {
        if (phase === 'start') this.eventAt = timeOf(start);
      },
      ring: (_, at) => {
        this.rangAt = timeOf(at);
      },
    });
    signal.addEventListener(
      'abort',
      () => {
        detected.off(CharacteristicEventTypes.CHANGE, change);
        unsubscribe();
      },
      { once: true },
    );
  }

  get beganAt(): number | undefined {
    const { onAt, eventAt } = this;
    if (onAt === undefined || eventAt === undefined) return onAt;
    return eventAt <= onAt && onAt - eventAt < LONGEST_DELAY ? eventAt : onAt;
  }
}
