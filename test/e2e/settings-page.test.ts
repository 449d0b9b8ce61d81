import type { Browser } from 'playwright-core';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../src/settings/settings.js';
import { footage } from '../peers/footage.js';
import { type RtspServer, startRtspServer } from '../peers/rtsp-server.js';
import { openBrowser, SettingsPage } from './harness/browser.js';
import { HAP } from './harness/controller.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';
import { HomebridgeUi } from './harness/homebridge-ui.js';
import { poll } from './harness/until.js';

const PRESSED = '73';
const SWITCH = '49';
const ON = '25';
const SINGLE_PRESS = 0;
const HOSTILE = '<img src=x onerror=alert(1)>';

const stack = new AsyncDisposableStack();
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
  stack.defer(() => browser.close());
});
afterAll(() => stack.disposeAsync());

describe('the settings page in Homebridge’s UI', () => {
  let camera: RtspServer;
  let home: Home;
  let ui: HomebridgeUi;
  let settings: SettingsPage;

  beforeAll(async () => {
    camera = stack.use(await startRtspServer({ file: await footage({ gop: 2, fps: 20, seconds: 20 }) }));
    const doorbell = { source: camera.url(), type: 'doorbell', detect: { enabled: false } };
    home = stack.use(
      await Home.start([
        { ...doorbell, name: 'Door', doorbell: { interval: 60 } },
        { ...doorbell, name: 'Gate', privacySwitch: true },
        { name: HOSTILE, source: 'rtsp://127.0.0.1:1/', record: false },
      ]),
    );
    ui = stack.use(await HomebridgeUi.start(home.hub.storage));
    settings = stack.use(await SettingsPage.open(browser, ui));
  }, SETUP_TIMEOUT);

  it('has a card for each camera, whatever its name, and Homebridge’s form', async () => {
    const door = settings.card('Door');
    // With the day before the clock where that has gone by.
    await door.getByText(/^Connected since (?:.+, )?\d\d:\d\d$/).waitFor();
    expect(await door.getByRole('listitem').allInnerTexts()).toEqual(
      ['motion sensor', 'configuration', 'active', 'last motion', 'last open', 'last close'].map(
        (name) => expect.stringContaining(name) as string,
      ),
    );
    await door.getByText('Recording: Waits for “configuration”').waitFor();
    const hostile = settings.card(HOSTILE);
    await hostile.getByText(/^Offline since/).waitFor();
    await hostile.getByText(/refuses connections/).waitFor();
    expect(await hostile.getByRole('button', { name: 'Ring' }).count()).toBe(0);
    for (const name of ['Door', 'Gate']) await settings.form.getByText(name, { exact: true }).waitFor();
  });

  it('rings a phone from the keyboard, once, and says what became of it', async () => {
    using phone = await home.connect('Door');
    using bell = await home.listen('Door', [phone.find(HAP.doorbell, PRESSED).iid]);
    const door = settings.card('Door');
    const ring = door.getByRole('button', { name: 'Ring Door' });
    await settings.tabTo(ring);
    await settings.page.keyboard.press('Enter');
    // The toast is gone after a while: whoever looks for it later may miss it.
    await Promise.all([
      door.getByRole('status').getByText('It rings in HomeKit. The ring is kept.').waitFor(),
      settings.page.locator('.toast-success').getByText('It rings in HomeKit.').waitFor(),
    ]);
    await bell.changes.until('a press', () => bell.events[0], 5000);
    await door.getByText(/, motion, rang$/).waitFor();

    // The reports in between have left the focus where it was.
    await settings.page.keyboard.press('Space');
    await door.getByRole('status').getByText('does not ring again so soon').waitFor();
    expect(bell.events.map(({ value }) => value)).toEqual([SINGLE_PRESS]);
  });

  it('follows what happens, and asks for that but once', async () => {
    using phone = await home.connect('Gate');
    const gate = settings.card('Gate');
    await phone.put(phone.find(SWITCH, ON).iid, true);
    await gate.getByText(/^Off since/).waitFor();
    await gate.getByText('Switched off by its switch “Privacy” in HomeKit.').waitFor();
    await gate.getByRole('button', { name: 'Ring Gate' }).click();
    await gate.getByText('without a picture: the camera is off').waitFor();
    await phone.put(phone.find(SWITCH, ON).iid, false);
    await gate.getByText(/^Connected since/).waitFor();
    expect(ui.said.match(/Incoming Request: \S+/g)).toEqual(
      ['/watch', '/ring', '/ring', '/ring'].map((path) => `Incoming Request: ${path}`),
    );
  });

  it.each(['light', 'dark'] as const)('can be read on a %s telephone', async (scheme) => {
    await using narrow = await SettingsPage.open(browser, ui, { width: 360, scheme });
    await narrow
      .card('Door')
      .getByText(/^Connected/)
      .waitFor();
    await narrow
      .card(HOSTILE)
      .getByText(/^Offline/)
      .waitFor();
    const door = narrow.card('Door');
    await door.getByRole('button', { name: 'Ring Door' }).click();
    await door.getByText(/It rings in HomeKit|so soon/).waitFor();
    expect(await narrow.unreadable()).toEqual([]);
  });

  it('speaks to the hub alone, and without a fault', () => {
    expect(settings.faults).toEqual([]);
    expect([...settings.hosts]).toEqual([ui.url]);
  });

  it('says that Lookout does not run, and what to do', async () => {
    await home.hub.stop();
    const notice = settings.own.getByRole('status').getByText('Lookout is not running. Start Homebridge');
    await notice.waitFor();
    expect(await settings.own.getByRole('article').count()).toBe(0);
    expect(await settings.unreadable()).toEqual([]);
  });

  it('leaves no process behind when it is closed', async () => {
    // Those of the telephones end by themselves.
    await poll('the page’s server alone', () => (ui.servers().length === 1 ? true : undefined), 10_000);
    await settings.page.getByRole('button', { name: 'Close' }).first().click();
    await poll('the end of the page’s server', () => (ui.servers().length > 0 ? undefined : true), 10_000);
  });
});

it(
  'sets up the first camera',
  async () => {
    const storage = mkdtempSync(join(tmpdir(), 'lookout-first-'));
    stack.defer(() => {
      rmSync(storage, { recursive: true, force: true });
    });
    const config = join(storage, 'config.json');
    const bridge = { name: 'Hub', username: '0E:00:00:00:00:01', port: 51_826, pin: '031-45-154' };
    writeFileSync(config, JSON.stringify({ bridge, platforms: [] }));
    await using ui = await HomebridgeUi.start(storage);
    await using settings = await SettingsPage.open(browser, ui);
    await settings.own.getByText('No camera is set up yet.').waitFor();
    await settings.form.locator('input[name=name]:visible').last().fill('Front door');
    await settings.form.locator('input[name=source]').fill('rtsp://192.168.1.20/main');
    await settings.page.getByRole('button', { name: 'Save' }).click();
    const saved = await poll('the settings', () => lookoutOf(config), 10_000);
    const { settings: read, problems } = readSettings(saved);
    expect(problems).toEqual([]);
    expect(read.cameras).toMatchObject([{ id: 'front-door', name: 'Front door', type: 'camera', record: true }]);
  },
  SETUP_TIMEOUT,
);

function lookoutOf(config: string): unknown {
  const { platforms } = JSON.parse(readFileSync(config, 'utf8')) as { platforms: { platform: string }[] };
  return platforms.find(({ platform }) => platform === 'Lookout');
}
