import type { IHomebridgePluginUi } from '@homebridge/plugin-ui-utils/ui.interface';
import type { JudgeAnswer, PageEvent, PageRequest, PastAnswer, Report } from '../src/page/messages.js';
import type { RingAnswer, WatchAnswer, ZonesAnswer } from '../src/page/messages.js';
import { isRecord, type Zone } from './zone.js';

/** A camera's definition in the settings, which may be anything. */
export type CameraInSettings = Readonly<Record<string, unknown>>;

/** What Homebridge's UI puts into the page's window, with its server's requests as they are typed there. */
export interface Homebridge {
  watch(on: boolean): Promise<WatchAnswer>;
  ring(camera: string): Promise<RingAnswer>;
  zones(camera: string, among: readonly CameraInSettings[]): Promise<ZonesAnswer>;
  past(camera: string, zone: Pick<Zone, 'polygon' | 'purpose' | 'share'>): Promise<PastAnswer>;
  judge(camera: string, among: readonly CameraInSettings[], zones: readonly object[]): Promise<JudgeAnswer>;
  /** As the form has them by now. */
  cameras(): Promise<readonly CameraInSettings[]>;
  /** Whether the form is there, and can be saved: not while something is drawn that it does not know yet. */
  allowForm(on: boolean): void;
  /** Puts zones into the settings of the form, which is not there meanwhile. @param place the camera's */
  setZones(place: number, zones: readonly object[]): Promise<void>;
  onReport(listener: (report: Report) => void): void;
  onReady(listener: () => void): void;
  /** Shows Homebridge's form of the settings below the page. Gives the number of cameras in them. */
  showForm(): Promise<number>;
  readonly toast: IHomebridgePluginUi['toast'];
}

/** There is no form without settings. Homebridge's UI sees that there are some only when its buttons change, too. */
async function begin(homebridge: IHomebridgePluginUi): Promise<void> {
  await homebridge.updatePluginConfig([{ name: 'Lookout' }]);
  homebridge.disableSaveButton();
  homebridge.enableSaveButton();
}

const camerasOf = (settings: Record<string, unknown> | undefined): readonly CameraInSettings[] => {
  const cameras: unknown = settings?.['cameras'];
  return Array.isArray(cameras) ? cameras.map((camera: unknown) => (isRecord(camera) ? camera : {})) : [];
};

/** What a camera is known by: the rest, with its passwords, goes nowhere. */
const known = (cameras: readonly CameraInSettings[]): object[] => cameras.map(({ id, name }) => ({ id, name }));

export function homebridgeOf(window: Window): Homebridge {
  const { homebridge } = window;
  const request = (path: PageRequest, body: object): Promise<unknown> => homebridge.request(path, body);
  return {
    zones: async (camera, among) => (await request('/zones', { camera, among: known(among) })) as ZonesAnswer,
    past: async (camera, { polygon, purpose, share }) =>
      (await request('/past', { camera, polygon, purpose, ...(share !== undefined && { share }) })) as PastAnswer,
    judge: async (camera, among, zones) =>
      (await request('/judge', { camera, among: known(among), zones })) as JudgeAnswer,
    cameras: async () => camerasOf((await homebridge.getPluginConfig())[0]),
    allowForm: (on) => {
      if (on) {
        homebridge.showSchemaForm();
        homebridge.enableSaveButton();
      } else {
        // A form that is there writes what it knows over what is new.
        homebridge.hideSchemaForm();
        homebridge.disableSaveButton();
      }
    },
    setZones: async (place, zones) => {
      const [settings, ...others] = await homebridge.getPluginConfig();
      const raw: unknown = settings?.['cameras'];
      const cameras = (Array.isArray(raw) ? raw : []).map((camera: unknown, nth) => {
        if (nth !== place || !isRecord(camera)) return camera;
        const detect = isRecord(camera['detect']) ? camera['detect'] : {};
        return { ...camera, detect: { ...detect, zones } };
      });
      await homebridge.updatePluginConfig([{ ...settings, cameras }, ...others]);
    },
    watch: async (on) => (await request('/watch', { on })) as WatchAnswer,
    ring: async (camera) => (await request('/ring', { camera })) as RingAnswer,
    onReport: (listener) => {
      homebridge.addEventListener('report' satisfies PageEvent, (event) => {
        listener((event as MessageEvent<Report>).data);
      });
    },
    onReady: (listener) => {
      homebridge.addEventListener('ready', listener);
    },
    showForm: async () => {
      const [settings] = await homebridge.getPluginConfig();
      homebridge.showSchemaForm();
      if (settings === undefined) await begin(homebridge);
      return camerasOf(settings).length;
    },
    toast: homebridge.toast,
  };
}
