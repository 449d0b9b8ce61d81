import type { Characteristic, CharacteristicValue, HAP, Service, WithUUID } from 'homebridge';
import type { Feed } from '../camera/feed/feed.js';
import type { StoredEvent } from '../events/event.js';
import type { DetectSettings } from '../settings/settings.js';
import type { EventPhase } from './motion-state.js';

/** Tells of one camera's events as they are kept, those that alert nobody among them. */
export interface EventNews {
  /** @returns ends the subscription */
  subscribe(listener: { event(phase: EventPhase, event: StoredEvent): void }): () => void;
}

export interface DetectionState {
  /** False where it is not wanted, is switched off, or cannot run. */
  readonly active: boolean;
  /** @returns ends the subscription */
  subscribe(listener: () => void): () => void;
}

/** What sensors know of a camera. */
export interface WatchedCamera {
  readonly name: string;
  readonly settings: { readonly detect: Pick<DetectSettings, 'hold' | 'zones'> };
  readonly main: Pick<Feed, 'state' | 'subscribe'>;
  readonly events: EventNews;
  readonly detection: DetectionState;
}

/** One characteristic that follows the camera's events. */
export interface Sensor {
  readonly service: Service;
  readonly detected: WithUUID<new () => Characteristic>;
  readonly value: () => CharacteristicValue;
}

/** Whether a sensor can be relied upon. */
export const isActive = ({ main, detection }: Pick<WatchedCamera, 'main' | 'detection'>): boolean =>
  main.state.kind === 'online' && detection.active;

export function showSensor(hap: HAP, { service, detected, value }: Sensor, camera: WatchedCamera): void {
  const { StatusActive, StatusFault } = hap.Characteristic;
  const fault = camera.main.state.kind === 'offline';
  service.updateCharacteristic(detected, value());
  service.updateCharacteristic(StatusActive, isActive(camera));
  service.updateCharacteristic(StatusFault, fault ? StatusFault.GENERAL_FAULT : StatusFault.NO_FAULT);
}

/** HAP-NodeJS says "active" of a camera's motion sensor as it takes it over and restores its state, whatever it was. */
export function keepInactive(hap: HAP, service: Service, camera: WatchedCamera): void {
  const { StatusActive } = hap.Characteristic;
  service.getCharacteristic(StatusActive).on(hap.CharacteristicEventTypes.CHANGE, ({ newValue }) => {
    if (newValue === true && !isActive(camera)) service.updateCharacteristic(StatusActive, false);
  });
}
