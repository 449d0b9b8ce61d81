import type { Pressed } from './camera.js';
import { homebridgeOf } from './homebridge.js';
import { Page } from './page.js';
import { type Press, sayPress } from './ring.js';
import type { Tone } from './said.js';
import { timesOf } from './times.js';
import { type PageState, pageView } from './view.js';
import { watchWhileVisible } from './watching.js';

const homebridge = homebridgeOf(window);
const times = timesOf(Date.now);
const pressed = new Map<string, Pressed>();
let state: PageState = { report: undefined, silent: false, configured: true, pressed };

const page = new Page(document.querySelector('#lookout') ?? document.body, (camera) => void ring(camera));

function learn(news: Partial<PageState>): void {
  state = { ...state, ...news };
  page.show(pageView(state, times));
}

async function ring(id: string): Promise<void> {
  const { report } = state;
  const camera = report?.kind === 'running' ? report.status.cameras.find((known) => known.id === id) : undefined;
  const become = (press: Press): void => {
    pressed.set(id, { press, state: camera?.state.kind });
    learn({});
  };
  become({ kind: 'asking' });
  const press = await homebridge.ring(id).catch((): Press => ({ kind: 'unasked' }));
  become(press);
  const { tone, text } = sayPress(press, camera?.state.kind);
  homebridge.toast[TOASTS[tone]](text, camera?.name);
}

const TOASTS = { good: 'success', waiting: 'info', warning: 'warning', bad: 'error' } as const satisfies Record<
  Tone,
  string
>;

homebridge.onReady(() => {
  learn({});
  const heard = watchWhileVisible({
    ask: (on) => homebridge.watch(on),
    isVisible: () => document.visibilityState === 'visible',
    onVisibility: (listener) => {
      document.addEventListener('visibilitychange', listener);
    },
    repeat: (listener, every) => {
      const timer = setInterval(listener, every);
      return () => {
        clearInterval(timer);
      };
    },
    onSilence: () => {
      learn({ silent: true });
    },
  });
  homebridge.onReport((report) => {
    heard();
    learn({ report, silent: false });
  });
  void homebridge.showForm().then((cameras) => {
    learn({ configured: cameras > 0 });
  });
});
