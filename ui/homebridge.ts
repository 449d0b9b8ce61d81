import type { IHomebridgePluginUi } from '@homebridge/plugin-ui-utils/ui.interface';
import type { PageEvent, PageRequest, Report, RingAnswer, WatchAnswer } from '../src/page/messages.js';

/** What Homebridge's UI puts into the page's window, with its server's requests as they are typed there. */
export interface Homebridge {
  watch(on: boolean): Promise<WatchAnswer>;
  ring(camera: string): Promise<RingAnswer>;
  onReport(listener: (report: Report) => void): void;
  onReady(listener: () => void): void;
  /** How many cameras the settings have, as they are in the form. Sees to it that there are settings to have a form for. */
  countCameras(): Promise<number>;
  readonly showForm: () => void;
  readonly toast: IHomebridgePluginUi['toast'];
}

export function homebridgeOf(window: Window): Homebridge {
  const { homebridge } = window;
  const request = (path: PageRequest, body: object): Promise<unknown> => homebridge.request(path, body);
  return {
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
    countCameras: async () => {
      const blocks = await homebridge.getPluginConfig();
      const block = blocks[0] ?? (await homebridge.updatePluginConfig([{ name: 'Lookout' }]))[0];
      const cameras: unknown = block?.['cameras'];
      return Array.isArray(cameras) ? cameras.length : 0;
    },
    showForm: () => {
      homebridge.showSchemaForm();
    },
    toast: homebridge.toast,
  };
}
