import type { Browser, Locator } from 'playwright-core';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/events/sqlite/open.js';
import { readSettings, type ZoneSettings } from '../../src/settings/settings.js';
import { event, rectangle } from '../events/events.js';
import { footage } from '../peers/footage.js';
import { startRtspServer } from '../peers/rtsp-server.js';
import { openBrowser, SettingsPage } from './harness/browser.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';
import { HomebridgeUi } from './harness/homebridge-ui.js';
import { poll } from './harness/until.js';

const STREET = {
  name: 'Street',
  purpose: 'ignore',
  share: 0.5,
  categories: ['vehicle'],
  polygon: [
    [0, 0.8],
    [1, 0.8],
    [1, 1],
    [0, 1],
  ],
};
const HOUR = 3_600_000;

const stack = new AsyncDisposableStack();
let browser: Browser;
let home: Home;
let ui: HomebridgeUi;

beforeAll(async () => {
  const storage = mkdtempSync(join(tmpdir(), 'lookout-zones-'));
  stack.defer(() => {
    rmSync(storage, { recursive: true, force: true });
  });
  // One passed on the left, two in the middle.
  const start = Date.now() - HOUR;
  const store = await openSqliteStore({ folder: join(storage, 'lookout'), role: 'owner' });
  const masks = [rectangle(4, 4, 4, 8), rectangle(30, 10, 6, 6), rectangle(28, 12, 8, 8)];
  await store.put(...masks.map((mask, nth) => event({ camera: 'yard', start: start + nth * 60_000, mask })));
  await store.close();
  browser = await openBrowser();
  stack.defer(() => browser.close());
  const camera = stack.use(await startRtspServer({ file: await footage({ gop: 2, fps: 20, seconds: 20 }) }));
  home = stack.use(
    await Home.start(
      [
        { name: 'Attic', source: 'rtsp://127.0.0.1:1/', record: false },
        { id: 'yard', name: 'Back yard', source: camera.url(), detect: { enabled: false, zones: [STREET] } },
      ],
      { storage },
    ),
  );
  ui = stack.use(await HomebridgeUi.start(storage));
}, SETUP_TIMEOUT);
afterAll(() => stack.disposeAsync());

/** The zones that a hub would read from what is saved. */
function savedZones(): readonly ZoneSettings[] | undefined {
  const { platforms } = JSON.parse(readFileSync(join(home.hub.storage, 'config.json'), 'utf8')) as {
    platforms: { platform: string }[];
  };
  const { settings, problems } = readSettings(platforms.find(({ platform }) => platform === 'Lookout'));
  expect(problems).toEqual([]);
  return settings.cameras.find(({ id }) => id === 'yard')?.detect.zones;
}

class Editor {
  readonly root: Locator;
  readonly save: Locator;

  private constructor(
    readonly settings: SettingsPage,
    name: string,
  ) {
    this.root = settings.own.getByRole('region', { name: `Zones of ${name}` });
    this.save = settings.page.getByRole('button', { name: 'Save' });
  }

  static async open(settings: SettingsPage, name: string): Promise<Editor> {
    const editor = new Editor(settings, name);
    const card = settings.card(name);
    await card.getByText(/since/).waitFor();
    const button = card.getByRole('button', { name: `Zones of ${name}` });
    await settings.tabTo(button);
    await settings.page.keyboard.press('Enter');
    await editor.root.getByText('Asking for the picture').waitFor({ state: 'hidden' });
    return editor;
  }

  button(name: string): Locator {
    return this.root.getByRole('button', { name, exact: true });
  }

  /** Fractions of the picture. */
  async drag(from: readonly [number, number], to: readonly [number, number]): Promise<void> {
    const picture = this.root.getByRole('group', { name: 'Zones on the picture' });
    await picture.scrollIntoViewIfNeeded();
    const box = await picture.boundingBox();
    if (box === null) throw new Error('there is no picture');
    const at = ([x, y]: readonly [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
    const { mouse } = this.settings.page;
    await mouse.move(...at(from));
    await mouse.down();
    await mouse.move(...at(to), { steps: 4 });
    await mouse.up();
  }

  async tabTo(name: string | RegExp, key?: 'Shift+Tab'): Promise<void> {
    await this.settings.tabTo(this.root.getByRole('button', { name }), key);
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.settings.page.keyboard.press(key);
  }

  /** Where its corners are, by what is read out: percent from the left and from the top. */
  async corners(): Promise<number[][]> {
    const handles = await this.root.locator('[data-corner]').all();
    const labels = await Promise.all(handles.map(async (handle) => (await handle.getAttribute('aria-label')) ?? ''));
    return labels.map((label) => [...label.matchAll(/(\d+) %/g)].map(([, percent]) => Number(percent)));
  }
}

it('draws a zone on what the camera sees, says what it would have had, and saves it with the form', async () => {
  await using settings = await SettingsPage.open(browser, ui);
  const editor = await Editor.open(settings, 'Back yard');
  const { root } = editor;
  const isShown = await root.locator('img').evaluate(async (picture) => {
    const image = picture as unknown as { decode: () => Promise<void>; naturalWidth: number; naturalHeight: number };
    await image.decode();
    return [image.naturalWidth, image.naturalHeight];
  });
  expect(isShown).toEqual([960, 540]);
  expect(await editor.save.isDisabled()).toBe(true);

  await editor.drag([0.05, 0.08], [0.15, 0.4]);
  await root.getByLabel('Name').fill('Porch');
  await root.getByLabel('Sensor').selectOption('occupancy');
  const share = root.getByLabel('Share in percent');
  await share.fill('35');
  await editor.press('Control+z');
  expect(await share.inputValue()).toBe('');
  await share.fill('30');
  await editor.button('What passed here?').click();
  await root.getByText('Of 3 events that are kept, 1 would have had it.').waitFor();
  // It is as long as that is true.
  await editor.drag([0.1, 0.2], [0.5, 0.45]);
  await root.getByText('would have had it').waitFor({ state: 'hidden' });
  await editor.button('What passed here?').click();
  await root.getByText('Of 3 events that are kept, 2 would have had it.').waitFor();

  await editor.button('Use these zones').click();
  await settings.page.locator('.toast-success').getByText('Save, and restart Homebridge').waitFor();
  await settings.card('Back yard').waitFor();
  await editor.save.click();
  const zones = await poll('the zones', () => savedZones()?.[1] && savedZones(), 10_000);
  expect(zones[0]).toEqual({ ...STREET, sensor: false });
  expect(zones[1]).toMatchObject({ name: 'Porch', purpose: 'notice', share: 0.3, sensor: 'occupancy' });
  expect(zones[1]?.polygon.map(([x, y]) => [Math.round(x * 20) / 20, Math.round(y * 20) / 20])).toEqual([
    [0.45, 0.35],
    [0.55, 0.35],
    [0.55, 0.65],
    [0.45, 0.65],
  ]);
  expect(settings.faults).toEqual([]);
  expect([...settings.hosts]).toEqual([ui.url]);
}, 60_000);

it('is done by the keyboard alone', async () => {
  await using settings = await SettingsPage.open(browser, ui);
  const editor = await Editor.open(settings, 'Back yard');
  await editor.tabTo('Add a zone');
  await editor.press('Enter');
  const added = [
    [25, 25],
    [75, 25],
    [75, 75],
    [25, 75],
  ];
  expect(await editor.corners()).toEqual(added);
  await editor.tabTo(/^Corner 2 of 4/);
  await editor.press('Shift+ArrowUp', 'Shift+ArrowUp', 'Shift+ArrowRight');
  expect((await editor.corners())[1]).toEqual([80, 15]);
  await editor.tabTo('Add a corner between 2 and 3');
  await editor.press('Space', 'Shift+ArrowRight');
  expect(await editor.corners()).toEqual([
    [25, 25],
    [80, 15],
    [83, 45],
    [75, 75],
    [25, 75],
  ]);
  await editor.press('Delete');
  expect(await editor.corners()).toHaveLength(4);
  await editor.press('Control+z');
  expect(await editor.corners()).toHaveLength(5);
  await editor.press('Control+z', 'Control+z', 'Control+z');
  expect(await editor.corners()).toEqual(added);
  await editor.press('Control+Shift+z', 'Control+y', 'Control+y');
  expect((await editor.corners())[2]).toEqual([83, 45]);
  await editor.tabTo(/^Zone 1, notice: arrow/, 'Shift+Tab');
  await editor.press('Shift+ArrowDown');
  expect((await editor.corners())[1]).toEqual([80, 20]);
  // What has the focus may go; the focus is near then.
  await editor.press('Delete', 'Control+z', 'Control+z');
  expect((await editor.corners())[1]).toEqual([80, 15]);
  await editor.tabTo('Cancel');
  await editor.press('Enter');
  await settings.card('Back yard').waitFor();
  await editor.press('Enter');
  await editor.root.waitFor();
}, 60_000);

it('says which zone cannot be set, and why; what is cancelled leaves the settings as they were', async () => {
  await using settings = await SettingsPage.open(browser, ui);
  const before = savedZones();
  const editor = await Editor.open(settings, 'Back yard');
  const { root } = editor;
  await editor.button('Add a zone').click();
  await root.getByLabel('Name').fill('street');
  await editor.button('Use these zones').click();
  await root.getByText('“street”: The name should be a name that no zone before it has.').waitFor();
  await root.getByLabel('Name').fill('');
  await editor.button('Use these zones').click();
  await root.getByText(/^Zone number \d: The name should be a name of 1 to 64 characters\.$/).waitFor();
  await editor.button('Street, ignore').click();
  await editor.button('Remove').click();
  await editor.button('Cancel').click();
  await editor.save.click();
  await editor.save.waitFor({ state: 'hidden' });
  expect(savedZones()).toEqual(before);
}, 60_000);

it.each(['light', 'dark'] as const)(
  'can be read on a %s telephone, also of a camera that is away',
  async (scheme) => {
    await using settings = await SettingsPage.open(browser, ui, { width: 360, scheme });
    const editor = await Editor.open(settings, 'Attic');
    await editor.root.getByText('The camera is not connected: the zones are drawn on gray.').waitFor();
    await editor.button('Add a zone').click();
    expect(await editor.root.getByRole('listitem').allInnerTexts()).toEqual(['Zone 1, notice']);
    await editor.button('What passed here?').click();
    await editor.root.getByText('Of this camera no events are kept yet.').waitFor();
    expect(await settings.unreadable()).toEqual([]);
  },
  60_000,
);
