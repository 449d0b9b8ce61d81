import { type Browser, chromium, type FrameLocator, type Locator, type Page } from 'playwright-core';
import { ADMIN, type HomebridgeUi } from './homebridge-ui.js';

/** Debian's; elsewhere the one on the PATH. */
const CHROMIUM = process.platform === 'linux' ? '/usr/bin/chromium' : 'chromium';

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });

export interface Screen {
  /** CSS pixels. */
  readonly width: number;
  readonly scheme: 'light' | 'dark';
}

const DESK: Screen = { width: 1100, scheme: 'light' };

/** What cannot be read or seen. Runs in the page. */
const UNREADABLE = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgroundOf = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return channels(color)[3] === 0 ? backgroundOf(element.parentElement) : color;
  };
  const contrast = (element) => {
    const [low, high] = [luminance(getComputedStyle(element).color), luminance(backgroundOf(element))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const texts = [...document.querySelectorAll('#lookout *')].filter(
    (element) => element.checkVisibility() && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()),
  );
  return texts.flatMap((element) => {
    const { left, right } = element.getBoundingClientRect();
    const faint = contrast(element) < 4.5;
    const cut = left < 0 || right > innerWidth || element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 1;
    return faint || cut ? [(faint ? 'faint: ' : 'cut: ') + element.textContent] : [];
  });
})()`;

/** The plugin's settings page as an admin has it before him. */
export class SettingsPage implements AsyncDisposable {
  /** What the page's scripts and the network complained about. */
  readonly faults: string[] = [];
  /** Whom the browser spoke to. */
  readonly hosts = new Set<string>();
  /** What the plugin puts into Homebridge's UI. */
  readonly own: FrameLocator;
  /** Homebridge's own form, which is beside it. */
  readonly form: Locator;

  private constructor(readonly page: Page) {
    this.own = page.frameLocator('iframe[sandbox]');
    this.form = page.locator('app-schema-form');
  }

  static async open(browser: Browser, { url }: HomebridgeUi, { width, scheme }: Screen = DESK): Promise<SettingsPage> {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: scheme,
      locale: 'en-GB',
    });
    const page = await context.newPage();
    const settings = new SettingsPage(page);
    page.setDefaultTimeout(20_000);
    // The session is a cookie, so that the login page need not be gone through.
    const login = await context.request.post(`${url}/api/auth/login`, { data: ADMIN });
    if (!login.ok()) throw new Error(`no login: ${await login.text()}`);
    page.on('console', (message) => {
      if (message.type() === 'error') settings.faults.push(message.text());
    });
    page.on('pageerror', (error) => settings.faults.push(String(error)));
    page.on('request', (request) => settings.hosts.add(new URL(request.url()).origin));
    page.on('dialog', (dialog) => {
      settings.faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(`${url}/plugins`);
    await page.getByRole('button', { name: 'Plugin Actions' }).first().click();
    await page.getByRole('button', { name: 'Plugin Config' }).first().click();
    await settings.own.locator('#lookout').waitFor();
    return settings;
  }

  card(name: string): Locator {
    return this.own.getByRole('article', { name, exact: true });
  }

  /** Texts whose contrast is less than 4.5:1 (WCAG 1.4.3), or that the screen is too narrow for. */
  async unreadable(): Promise<readonly string[]> {
    const frame = await this.page.waitForSelector('iframe[sandbox]').then((iframe) => iframe.contentFrame());
    if (frame === null) throw new Error('the page has gone');
    return frame.evaluate<string[]>(UNREADABLE);
  }

  /** Tabs until something has the focus, as whoever has no mouse. */
  async tabTo(target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    for (let tabs = 0; tabs < 40; tabs++) {
      if ((await target.and(this.own.locator(':focus')).count()) > 0) return;
      await this.page.keyboard.press(key);
    }
    throw new Error('it cannot be reached by the keyboard');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}
