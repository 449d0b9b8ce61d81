import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { footage } from '../peers/footage.js';
import { type RtspServer, startRtspServer } from '../peers/rtsp-server.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';

/** Passwords that break URLs, and how an admin would type each into the configuration. */
const PASSWORDS: readonly { readonly password: string; readonly typed: string; readonly auth: 'digest' | 'basic' }[] = [
  { password: 'p@ss-w0rd', typed: 'p@ss-w0rd', auth: 'digest' },
  { password: 'c:l@n#h=sh', typed: 'c:l@n#h=sh', auth: 'digest' },
  { password: '100%sure?&', typed: '100%sure?&', auth: 'digest' },
  { password: 'enc/oded@se', typed: 'enc%2Foded%40se', auth: 'digest' },
  { password: 'b@sic=pässw', typed: 'b@sic=pässw', auth: 'basic' },
];

describe('settings at the door', () => {
  let file: string;

  beforeAll(async () => {
    file = await footage({ width: 640, height: 360, bitrate: 400_000, seconds: 4 });
  }, SETUP_TIMEOUT);

  it('starts the good camera beside bad ones, and says what is wrong with each', async () => {
    await using camera = await startRtspServer({ file });
    await using home = await Home.start([
      { name: 'No source' },
      { name: 'Bad type', source: camera.url(), type: 'toaster' },
      { name: 'Bad scheme', source: 'gopher://127.0.0.1/stream' },
      { name: 'Misspelt', source: camera.url(), detctSource: 'rtsp://127.0.0.1/sub' },
      { name: 'Good', source: camera.url() },
      { name: 'Good', source: camera.url() },
    ]);
    (await home.connectOnline('Good')).close();
    const { hub } = home;
    await hub.waitFor(/No source.*source/i);
    await hub.waitFor(/Bad type.*type.*toaster/i);
    await hub.waitFor(/Bad scheme.*source/i);
    await hub.waitFor(/Misspelt.*detctSource.*detectSource/i);
    await hub.waitFor(/id.*good/i);
    expect(hub.text).not.toMatch(/(No source|Bad type|Bad scheme)( \w{4})? is running on port/);
    (await home.connectOnline('Misspelt')).close();
  });

  it('installs and idles where nothing is configured', async () => {
    await using home = await Home.start([]);
    // Homebridge itself takes its time where it is told to end while it still announces itself.
    await home.hub.waitFor(/No camera is configured/);
    expect(home.hub.children()).toEqual([]);
    await home.hub.stop();
    expect(home.hub.text).not.toMatch(/error/i);
  });

  it('reads passwords as they are, and shows them nowhere', async () => {
    const servers: RtspServer[] = [];
    try {
      for (const { password, auth } of PASSWORDS) {
        servers.push(await startRtspServer({ file, user: 'admin', password, auth }));
      }
      const cameras = PASSWORDS.map(({ typed }, index) => ({
        name: `Camera ${index}`,
        source: `rtsp://admin:${typed}@127.0.0.1:${servers[index]?.port}/stream`,
      }));
      const wrong = { name: 'Locked', source: `rtsp://admin:s3cret-wr0ng@127.0.0.1:${servers[0]?.port}/stream` };
      await using home = await Home.start([...cameras, wrong], { debug: true });
      for (const { name } of cameras) (await home.connectOnline(name)).close();
      await home.hub.waitFor(/Locked.*(password|credentials|user name|unauthori[sz]ed|401)/i);
      const commands = home.hub.children().map(({ command }) => command);
      const shown = [home.hub.text, ...commands].join('\n');
      for (const { password, typed } of [...PASSWORDS, { password: 's3cret-wr0ng', typed: 's3cret-wr0ng' }]) {
        for (const secret of [password, typed, encodeURIComponent(password)]) expect(shown).not.toContain(secret);
      }
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });

  it('keeps a password to itself when ffmpeg reads the camera and complains', async () => {
    await using camera = await startRtspServer({ file, user: 'admin', password: 'udp@p#ss=1', udp: true });
    await using odd = await oddCamera();
    await using home = await Home.start(
      [
        { name: 'Udp', source: `rtsp://admin:udp@p#ss=1@127.0.0.1:${camera.port}/stream?udp` },
        { name: 'Odd', source: `rtsp://admin:%75dp-s3cret@127.0.0.1:${odd.port}/stream?udp` },
        { name: 'Web', source: `http://admin:htt%70-s3cret@127.0.0.1:${odd.port}/live.ts` },
      ],
      { debug: true },
    );
    (await home.connectOnline('Udp')).close();
    await home.hub.waitFor(/Web: .*Trying again/);
    // What ffmpeg said is told, so this is the place for the password to slip out.
    expect((await home.hub.waitFor(/Odd: .*Trying again/)).text).toContain('4XX');
    const commands = home.hub.children().map(({ command }) => command);
    const shown = [home.hub.text, ...commands].join('\n');
    for (const secret of [
      'udp@p#ss=1',
      'udp%40p%23ss%3D1',
      'udp-s3cret',
      '%75dp-s3cret',
      'http-s3cret',
      '%70-s3cret',
    ]) {
      expect(shown).not.toContain(secret);
    }
  });
});

/** A server that likes nothing that it is asked. */
async function oddCamera(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) => {
    socket.on('data', () => socket.write('RTSP/1.0 451 Parameter Not Understood\r\nCSeq: 1\r\n\r\n'));
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
