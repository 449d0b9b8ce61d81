/** Where a camera's ONVIF device service is, and who asks. */
export interface OnvifAddress {
  /** IPv6 addresses without brackets. */
  readonly host: string;
  /** Default 80, or 443 with TLS. */
  readonly port: number | undefined;
  readonly tls: boolean;
  /** With a query; default `/onvif/device_service`. */
  readonly path?: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

export interface OnvifInformation {
  readonly maker: string | undefined;
  readonly model: string | undefined;
  readonly firmware: string | undefined;
}

/** One way in which the camera offers its picture. */
export interface OnvifProfile {
  readonly token: string;
  readonly name: string;
  /** Undefined where there is no picture in it. */
  readonly video:
    { readonly codec: 'h264' | 'hevc' | 'jpeg' | 'other'; readonly width: number; readonly height: number } | undefined;
  readonly audio: boolean;
}

/** What a camera's own watching can say. `tamper`: covered, moved or out of focus. */
export type OnvifClaim = 'motion' | 'person' | 'vehicle' | 'animal' | 'package' | 'line' | 'ring' | 'tamper';

export interface OnvifEvent {
  readonly claim: OnvifClaim;
  /** `happens`: a moment, of which the camera will not say that it is over. `tamper` may end without a beginning. */
  readonly state: 'begins' | 'ends' | 'happens';
  /** When the camera says that it was, ms since 1970 on the hub's clock; undefined where it says nothing likely. */
  readonly at: number | undefined;
  /** The rule's name, for a person to read; undefined where it has none. */
  readonly rule: string | undefined;
}

export interface OnvifPreset {
  readonly token: string;
  readonly name: string;
}

/** What a camera sees by at night; `auto`: as it decides itself. */
export type IrCutFilter = 'on' | 'off' | 'auto';

/** One camera's ONVIF services, found and logged in to. Everything rejects with an `OnvifError`. */
export interface OnvifDevice {
  readonly information: OnvifInformation;
  /** What has to be added to the camera's clock to have the hub's, ms. */
  readonly clockOffset: number;
  /** Whether it has events to pull, lenses that move, a filter that can be switched, and a way back for sound. */
  readonly offers: {
    readonly events: boolean;
    readonly presets: boolean;
    readonly nightVision: boolean;
    readonly backchannel: boolean;
  };
  /** How many lenses, or cameras of a recorder, it has. */
  readonly sources: number;
  /** Of the source that is meant; the first is what the camera puts first. */
  readonly profiles: readonly OnvifProfile[];
  /** Without user name and password, which are the same as ONVIF's. */
  streamUrl(profile: string, signal: AbortSignal): Promise<string>;
  /** Goes on until the signal is aborted; rejects when the camera is gone. Renews its subscription by itself. */
  events(signal: AbortSignal): AsyncIterable<OnvifEvent>;
  irCutFilter(signal: AbortSignal): Promise<IrCutFilter>;
  setIrCutFilter(filter: IrCutFilter, signal: AbortSignal): Promise<void>;
  presets(signal: AbortSignal): Promise<readonly OnvifPreset[]>;
  goTo(preset: string, signal: AbortSignal): Promise<void>;
}

/** A camera that answered a probe on the network. */
export interface FoundCamera {
  /** Its endpoint reference, the same each time. */
  readonly id: string;
  readonly address: OnvifAddress;
  readonly name: string | undefined;
  readonly model: string | undefined;
}

/** `login`: refused; `absent`: no ONVIF there; `silent`: no answer in time; `nonsense`: an answer that none can read. */
export type OnvifFault = 'login' | 'absent' | 'silent' | 'nonsense' | 'refused';

export class OnvifError extends Error {
  override name = 'OnvifError';

  /** @param message without secrets: what happened and what to do about it */
  constructor(
    readonly fault: OnvifFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
