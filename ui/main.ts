import type { CameraStatus } from '../src/control/messages.js';
import type { Pressed } from './camera.js';
import { homebridgeOf } from './homebridge.js';
import { Page } from './page.js';
import { type Press, sayPress } from './ring.js';
import type { Tone } from './said.js';
import { timesOf } from './times.js';
import { type PageState, pageView } from './view.js';
import { watchWhileVisible } from './watching.js';
import { ZoneEditor } from './zone-editor.js';

const homebridge = homebridgeOf(window);
const times = timesOf(Date.now);
const pressed = new Map<string, Pressed>();
let state: PageState = { report: undefined, silent: false, configured: true, pressed };

const page = new Page(document.querySelector('#lookout') ?? document.body, (camera) => ({
  onRing: () => void ring(camera),
  onZones: () => void drawZones(camera),
}));

function learn(news: Partial<PageState>): void {
  state = { ...state, ...news };
  page.show(pageView(state, times));
}

const statusOf = (id: string): CameraStatus | undefined =>
  state.report?.kind === 'running' ? state.report.status.cameras.find((camera) => camera.id === id) : undefined;

async function drawZones(id: string): Promise<void> {
  const name = statusOf(id)?.name ?? id;
  const editor = new ZoneEditor({ id, name }, homebridge, () => {
    homebridge.allowForm(true);
    returnToCards();
  });
  const returnToCards = page.replaceCards(editor.root, `lk-zones-${id}`);
  homebridge.allowForm(false);
  await editor.open();
}

async function ring(id: string): Promise<void> {
  const camera = statusOf(id);
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
