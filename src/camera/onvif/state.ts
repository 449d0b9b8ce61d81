import type { OnvifDevice, OnvifEvent } from '../../onvif/device.js';

/** What a camera is and can do. */
export type KnownDevice = Pick<OnvifDevice, 'information' | 'offers'>;

/** Times are milliseconds since the epoch. */
export type OnvifState =
  /** The camera is. */
  | { readonly kind: 'off' }
  /** `reason`, in words for the admin: why it is not connected, or why its events do not come. */
  | { readonly kind: 'connecting' | 'connected' | 'trouble'; readonly since: number; readonly reason?: string };

/** What is known of a camera's ONVIF by now. */
export interface OnvifStatus {
  readonly state: OnvifState;
  /** Maker and model. */
  readonly device: string | undefined;
  /** In words. */
  readonly offers: readonly string[];
  readonly lastEvent: { readonly claim: OnvifEvent['claim']; readonly at: number } | undefined;
  /** Somebody has covered the lens, or turned the camera away. */
  readonly tampered: boolean;
}
