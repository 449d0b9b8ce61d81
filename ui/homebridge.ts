import type { IHomebridgePluginUi } from '@homebridge/plugin-ui-utils/ui.interface';
import type { PageEvent, PageRequest, Report, RingAnswer, WatchAnswer } from '../src/page/messages.js';

/** What Homebridge's UI puts into the page's window, with its server's requests as they are typed there. */
export interface Homebridge {
  watch(on: boolean): Promise<WatchAnswer>;
  ring(camera: string): Promise<RingAnswer>;
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
    showForm: async () => {
      const [settings] = await homebridge.getPluginConfig();
      homebridge.showSchemaForm();
      if (settings === undefined) await begin(homebridge);
      const cameras: unknown = settings?.['cameras'];
      return Array.isArray(cameras) ? cameras.length : 0;
    },
    toast: homebridge.toast,
  };
}
