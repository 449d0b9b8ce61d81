import { jest } from '@jest/globals';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type OnvifDevice, OnvifError } from '../../src/onvif/device.js';
import { exchange } from '../../src/onvif/exchange.js';
import { openOnvif } from '../../src/onvif/open.js';
import { Session } from '../../src/onvif/session.js';
import { chooseStreams } from '../../src/onvif/streams.js';
import { OnvifCamera, type OnvifCameraOptions } from '../peers/onvif-camera.js';
import type { Lie } from '../peers/onvif-lies.js';

const HOUR = 3_600_000;

describe('a camera by ONVIF', () => {
  let life: AbortController;
  let camera: OnvifCamera;

  beforeEach(() => {
    life = new AbortController();
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    life.abort();
    await camera[Symbol.asyncDispose]();
  });

  /** The hub's clock, and so the camera's: nobody is late by it. */
  const stopClock = (): void => void jest.spyOn(Date, 'now').mockReturnValue(Date.now());

  const start = async (options: OnvifCameraOptions = {}): Promise<OnvifCamera> =>
    (camera = await OnvifCamera.start(options));

  const open = (address: Partial<OnvifCamera['address']> = {}, timeout = 5_000): Promise<OnvifDevice> =>
    openOnvif({ ...camera.address, ...address }, { signal: life.signal, timeout });

  const fault = async (opening: Promise<unknown>): Promise<OnvifError> => {
    const error: unknown = await opening.then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(error instanceof OnvifError)) throw new Error(`It was ${String(error)}.`);
    expect(error.message).toMatch(/: .*\.$|given up/);
    expect(error.message).not.toContain(camera.password);
    return error;
  };

  const makers = [
    {
      maker: 'hikvision' as const,
      information: { maker: 'HIKVISION', model: 'DS-2DE2A404IW-DE3', firmware: 'V5.7.1 build 230101' },
      offers: { events: true, presets: true, nightVision: true, backchannel: true },
      main: 'H264 1920 Profile_1',
      sub: 'H264 640 Profile_2',
      login: 'token',
    },
    {
      maker: 'reolink' as const,
      information: { maker: 'Reolink', model: 'Reolink Video Doorbell', firmware: 'v3.0.0.3308' },
      offers: { events: true, presets: false, nightVision: true, backchannel: true },
      main: 'H264 2560 000',
      sub: 'H264 640 001',
      login: 'token',
    },
    {
      maker: 'axis' as const,
      information: { maker: 'AXIS', model: 'M5525-E', firmware: '11.11.73' },
      offers: { events: true, presets: false, nightVision: true, backchannel: false },
      main: 'HEVC 3840 profile_1_h265',
      sub: 'HEVC 640 profile_2_h265',
      login: 'digest',
    },
    {
      maker: 'tapo' as const,
      information: { maker: 'tp-link', model: 'Tapo C225', firmware: '1.1.0 Build 250115 Rel.47645n' },
      offers: { events: true, presets: true, nightVision: true, backchannel: false },
      main: 'H264 2560 profile_1',
      sub: 'H264 1280 profile_2',
      login: 'token',
    },
  ];

  it.each(makers)('says what it is and offers: $maker', async ({ maker, information, offers, main, sub, login }) => {
    await start({ maker, rtsp: { main: 'rtsp://a:b@10.0.0.9:8554/1?x=1&y=2', sub: 'rtsp://0.0.0.0/2' } });
    const device = await open();
    expect(device.information).toEqual(information);
    expect(device.offers).toEqual(offers);
    const chosen = chooseStreams(device.profiles);
    const words = [chosen?.main, chosen?.sub].map(
      (profile) => `${profile?.video?.codec.toUpperCase() ?? ''} ${profile?.video?.width ?? 0} ${profile?.token ?? ''}`,
    );
    expect(words).toEqual([main, sub]);
    const urls = [chosen?.main, chosen?.sub].map((profile) => device.streamUrl(profile?.token ?? '', life.signal));
    expect(await Promise.all(urls)).toEqual(['rtsp://127.0.0.1:8554/1?x=1&y=2', 'rtsp://127.0.0.1/2']);
    expect(new Set(camera.heard.flatMap((request) => request.login ?? []))).toEqual(new Set([login]));
    expect(camera.logins.attempts).toBe(0);
  });

  it.each([9 * HOUR, -26 * 365 * 24 * HOUR, 120_000])(
    'logs in by a clock that is wrong by %d ms',
    async (clockSkew) => {
      stopClock();
      await start({ clockSkew });
      const device = await open();
      expect(Math.abs(device.clockOffset + clockSkew)).toBeLessThan(2_000);
      expect(device.profiles).toHaveLength(2);
      expect(camera.logins.attempts).toBe(0);
    },
  );

  it('finds a clock that was set since', async () => {
    stopClock();
    await start({ logins: ['token'] });
    const device = await open();
    camera.clockSkew = HOUR;
    expect(await device.irCutFilter(life.signal)).toBe('auto');
    expect(Math.abs(device.clockOffset + HOUR)).toBeLessThan(2_000);
  });

  it('takes a new nonce where the old one is worn', async () => {
    await start({ maker: 'axis' });
    const device = await open();
    camera.logins.forgetNonces();
    expect(await device.irCutFilter(life.signal)).toBe('auto');
  });

  it.each([
    { qop: 'auth-int,auth' },
    { qop: '' },
    { algorithm: 'SHA-256' as const },
    { once: true },
    { once: true, qop: '' },
    { once: true, algorithm: 'SHA-256' as const },
  ])('signs as it is asked to: %j', async (digest) => {
    await start({ logins: ['digest'], digest });
    expect((await open()).offers).toEqual({ events: true, presets: true, nightVision: true, backchannel: true });
    expect(camera.logins.attempts).toBe(0);
  });

  it('knows no way in where the whole request is to be signed', async () => {
    await start({ logins: ['digest'], digest: { qop: 'auth-int' } });
    expect((await fault(open())).fault).toBe('login');
    expect(camera.logins.attempts).toBe(0);
  });

  it.each([{ maker: 'axis' as const }, { logins: ['token'] as const }])(
    'finds nonces and clocks anew for several requests at once: %j',
    async (options) => {
      await start(options);
      const device = await open();
      camera.logins.forgetNonces();
      camera.clockSkew = HOUR;
      const asked = Array.from({ length: 6 }, () => device.irCutFilter(life.signal));
      expect(new Set(await Promise.all(asked))).toEqual(new Set(['auto']));
    },
  );

  it('switches night vision, and moves', async () => {
    await start();
    const device = await open();
    await device.setIrCutFilter('off', life.signal);
    expect(camera.filter).toBe('OFF');
    expect(await device.irCutFilter(life.signal)).toBe('off');
    expect(await device.presets(life.signal)).toEqual([
      { token: '1', name: 'Preset 1' },
      { token: '2', name: 'Gate & drive' },
    ]);
    await device.goTo('2', life.signal);
    expect(camera.heard.at(-1)).toMatchObject({ action: 'GotoPreset', path: '/onvif/PTZ' });
    expect(camera.heard.at(-1)?.body).toContain('<ProfileToken>Profile_1</ProfileToken><PresetToken>2</PresetToken>');
  });

  it('escapes what is asked for', async () => {
    await start();
    await (await open()).goTo('<a>&"', life.signal);
    expect(camera.heard.at(-1)?.body).toContain('<PresetToken>&lt;a&gt;&amp;&quot;</PresetToken>');
  });

  it.each([
    { logins: ['token'] as const, attempts: 1 },
    { logins: ['digest'] as const, attempts: 1 },
    { logins: ['token', 'digest'] as const, attempts: 2 },
  ])('tries a wrong password once in each way: $logins', async ({ logins, attempts }) => {
    await start({ logins });
    const error = await fault(open({ password: 'wrong and secret' }));
    expect(error.fault).toBe('login');
    expect(error.message).not.toContain('wrong and secret');
    expect(camera.logins.attempts).toBe(attempts);
  });

  it('asks nothing more after a login that was refused', async () => {
    await start();
    const address = { ...camera.address, password: 'wrong' };
    const options = { address, wallclock: Date.now, exchange, timeout: 5_000, signal: life.signal };
    const session = new Session(options);
    const ask = () => session.call(session.device, '<GetUsers xmlns="http://www.onvif.org/ver10/device/wsdl"/>');
    expect((await fault(ask())).fault).toBe('login');
    const asked = camera.heard.length;
    expect((await fault(ask())).fault).toBe('login');
    expect(camera.heard).toHaveLength(asked);
  });

  it.each([undefined, 'nobody'])('is refused without a login, and with an unknown user: %s', async (username) => {
    await start();
    expect((await fault(open({ username, password: undefined }))).fault).toBe('login');
  });

  it.each(['http://0.0.0.0', 'http://10.9.9.9:8080', 'https://192.168.1.2', 'http://camera.invalid:1'])(
    'is reached where it answered, though it says %s',
    async (origin) => {
      await start({ origin });
      const device = await open();
      expect(device.offers.events).toBe(true);
      expect(await device.presets(life.signal)).toHaveLength(2);
    },
  );

  const lies: readonly { lie: Lie; fault: OnvifError['fault'] }[] = [
    { lie: 'hang', fault: 'silent' },
    { lie: 'cut', fault: 'nonsense' },
    { lie: 'html', fault: 'absent' },
    { lie: 'error', fault: 'absent' },
    { lie: 'huge', fault: 'nonsense' },
    { lie: 'moved', fault: 'absent' },
    { lie: 'refused', fault: 'login' },
    { lie: 'broken', fault: 'nonsense' },
    { lie: 'nonsense', fault: 'nonsense' },
    { lie: 'fault', fault: 'nonsense' },
  ];
  /** Who answers at all has time for it, ms. */
  const patience = (lie: Lie): number => (lie === 'hang' ? 300 : 5_000);

  it.each(lies)('says what is wrong when all is: $lie', async ({ lie, fault: expected }) => {
    await start({ lies: { '*': lie } });
    expect((await fault(open({}, patience(lie)))).fault).toBe(expected);
    expect(camera.logins.attempts).toBeLessThanOrEqual(2);
  });

  it.each(lies.filter(({ lie }) => lie !== 'refused'))('goes without what is not answered: $lie', async ({ lie }) => {
    const away = ['GetSystemDateAndTime', 'GetServices', 'GetPresets', 'GetImagingSettings', 'GetAudioOutputs'];
    await start({ lies: Object.fromEntries(away.map((action) => [action, lie])) });
    const device = await open({}, patience(lie)).catch((error: unknown) => error);
    // Who says nothing to the first question is gone.
    if (lie === 'hang') {
      expect(device).toMatchObject({ fault: 'silent' });
      return;
    }
    expect(device).toMatchObject({
      offers: { events: true, presets: false, nightVision: false, backchannel: false },
      information: { maker: 'HIKVISION' },
    });
  });

  it('says where it wants to be asked, and goes nowhere that it was not told to', async () => {
    await start({ lies: { '*': 'moved' } });
    expect((await fault(open())).message).toBe(
      '127.0.0.1 wants to be asked over TLS: use onvifs:// or https:// for its ONVIF.',
    );
  });

  it('says that there is no camera at a port where none listens', async () => {
    await start();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    expect((await fault(open({ port }))).fault).toBe('absent');
    expect((await fault(open({ host: 'a/b' }))).fault).toBe('absent');
    expect((await fault(open({ tls: true }))).fault).toBe('absent');
  });

  it('leaves nothing behind when it is given up', async () => {
    await start({ lies: { GetProfiles: 'hang' } });
    const opening = fault(open());
    await camera.until('GetProfiles');
    life.abort();
    expect((await opening).fault).toBe('silent');
    while ((await camera.connections()) > 0) await new Promise(setImmediate);
  });
});
