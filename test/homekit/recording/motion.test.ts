import { createRequire } from 'node:module';
import type { HAP } from 'homebridge';
import type { EventListener } from '../../../src/camera/events/listener.js';
import type { StoredEvent } from '../../../src/events/event.js';
import { SensedMotion } from '../../../src/homekit/recording/motion.js';

const fromHere = createRequire(import.meta.url);
const hap = createRequire(fromHere.resolve('homebridge'))('@homebridge/hap-nodejs') as HAP;

/** The hub's monotonic clock is a million behind the other one, ms. */
const EPOCH = 1_000_000;
/** One that began then. */
const event = (start: number): StoredEvent => ({ start: EPOCH + start }) as StoredEvent;

it('knows when motion began and ended, and when somebody rang', () => {
  let time = 0;
  let begun = 0;
  const listeners = new Set<EventListener>();
  const tell = (what: (listener: EventListener) => void): void => {
    for (const listener of [...listeners]) what(listener);
  };
  const service = new hap.Service.MotionSensor('Gate', 'motion');
  const sense = (on: boolean): void => void service.updateCharacteristic(hap.Characteristic.MotionDetected, on);
  const life = new AbortController();
  const events = {
    subscribe: (listener: EventListener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const clock = { now: () => time, wallclock: () => EPOCH + time };
  const motion = new SensedMotion(hap, service, events, clock, life.signal, () => begun++);
  const times = () => [motion.isOn, motion.beganAt, motion.endedAt, motion.rangAt];
  expect(times()).toEqual([false, undefined, undefined, undefined]);
  time = 5000;
  tell((listener) => listener.event?.('start', event(4000), true));
  sense(true);
  expect(times()).toEqual([true, 4000, undefined, undefined]);
  time = 9000;
  sense(false);
  time = 12_000;
  tell((listener) => listener.ring?.(event(4000), EPOCH + 11_900));
  expect(times()).toEqual([false, 4000, 9000, 11_900]);
  // What began long ago is not what the sensor goes on for.
  time = 60_000;
  sense(true);
  expect(times()).toEqual([true, 60_000, 9000, 11_900]);
  expect(begun).toBe(2);
  life.abort();
  expect(listeners.size).toBe(0);
});
