import { join } from 'node:path';
import { HomebridgePluginUiServer } from '@homebridge/plugin-ui-utils';
import type { PageEvent, PageRequest } from './messages.js';
import { PageRequests } from './requests.js';

/** The settings page's server: Homebridge's UI starts it with the page, and ends it with the page. */
class PageServer extends HomebridgePluginUiServer {
  constructor() {
    super();
    const storage = this.homebridgeStoragePath;
    if (storage === undefined) throw new Error('Homebridge’s UI did not say where the storage folder is.');
    const requests = new PageRequests({
      folder: join(storage, 'lookout'),
      push: (report) => {
        this.pushEvent('report' satisfies PageEvent, report);
      },
      // The process ends with its page, and all that it waits for with it.
      signal: new AbortController().signal,
    });
    this.onRequest('/watch' satisfies PageRequest, (body) => Promise.resolve(requests.watch(body)));
    this.onRequest('/ring' satisfies PageRequest, (body) => requests.ring(body));
    this.onRequest('/zones' satisfies PageRequest, (body) => requests.zones(body));
    this.onRequest('/past' satisfies PageRequest, (body) => requests.past(body));
    this.onRequest('/judge' satisfies PageRequest, (body) => Promise.resolve(requests.judge(body)));
    this.ready();
  }
}

new PageServer();
