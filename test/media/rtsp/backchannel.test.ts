import { openBackchannel, type Backchannel } from '../../../src/media/rtsp/backchannel.js';
import { header } from '../../../src/media/rtsp/message.js';
import { BACKCHANNEL, listeningCamera, type ListeningCamera, type ListeningOptions } from './listening-camera.js';

const now = (): number => performance.now();
const open = (camera: ListeningCamera, signal: AbortSignal, login = {}): Promise<Backchannel> =>
  openBackchannel({ url: `rtsp://127.0.0.1:${camera.port}/main`, now, ...login }, signal);

/** What it says that it cannot do. */
async function refusal(options: ListeningOptions): Promise<string> {
  await using camera = await listeningCamera(options);
  const life = new AbortController();
  const said = await open(camera, life.signal).then(
    () => 'opened',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  await camera.until(() => camera.open === 0);
  return said.replace(`127.0.0.1`, 'HOST');
}

const OTHERWISE = ', so nothing can be said to it through ONVIF: set "talk" to a URL of its own for that, or to false.';

describe('an ONVIF backchannel', () => {
  it('is asked for, carries sound, and is given back', async () => {
    await using camera = await listeningCamera();
    const life = new AbortController();
    const channel = await open(camera, life.signal);
    expect(channel.plan).toMatchObject({ codec: 'pcm_mulaw', sampleRate: 8000, channels: 1 });
    channel.send(Buffer.alloc(400, 0x55));
    await camera.until(() => camera.packets.length === 2);
    expect(camera.packets.map(({ payloadType, payload }) => [payloadType, payload.length])).toEqual([
      [0, 160],
      [0, 160],
    ]);
    life.abort();
    expect(await channel.ended).toBeUndefined();
    await camera.until(() => camera.open === 0);
    expect(camera.requests.map(({ method, uri }) => `${method} ${uri.replace(/^.*\/main/, '')}`)).toEqual([
      'OPTIONS ',
      'DESCRIBE ',
      'SETUP /back',
      'PLAY ',
      'TEARDOWN ',
    ]);
    const required = camera.requests.filter((request) => header(request, 'require') === BACKCHANNEL);
    expect(required.map(({ method }) => method)).toEqual(['DESCRIBE', 'SETUP', 'PLAY']);
    channel.send(Buffer.alloc(400));
    expect(camera.packets).toHaveLength(2);
  });

  it.each<[what: string, options: ListeningOptions, said: string]>([
    ['has none', { formats: [] }, `The camera at HOST has no ONVIF backchannel${OTHERWISE}`],
    [
      'does not know of any',
      { status: (method) => (method === 'DESCRIBE' ? 551 : undefined) },
      `The camera at HOST answers 551 to DESCRIBE${OTHERWISE}`,
    ],
    [
      'wants what cannot be made',
      { formats: ['m=audio 0 RTP/AVP 97', 'a=rtpmap:97 G726-32/8000'] },
      `The camera at HOST takes sound as G726-32 only${OTHERWISE}`,
    ],
    [
      'has no room',
      { status: (method) => (method === 'SETUP' ? 453 : undefined) },
      'The camera at HOST answers 453 to SETUP: it has as many viewers as it allows, or is starting; close other viewers, or wait.',
    ],
    [
      'wants a password',
      { status: () => 401 },
      'The camera at HOST wants a user name and a password: put them into the settings.',
    ],
  ])('of a camera that %s is refused in words, and the connection is gone', async (_, options, said) => {
    expect(await refusal(options)).toBe(said);
  });

  it('tells that the camera has closed the connection', async () => {
    await using camera = await listeningCamera();
    const channel = await open(camera, new AbortController().signal);
    camera.drop();
    expect((await channel.ended)?.message).toMatch(/^The camera at 127\.0\.0\.1 closed the connection/);
  });

  it('leaves nothing behind when it is told to end while it is opened', async () => {
    const life = new AbortController();
    await using camera = await listeningCamera({
      status: (method) => {
        if (method === 'SETUP') life.abort();
        return undefined;
      },
    });
    await expect(open(camera, life.signal)).rejects.toThrow('aborted');
    await camera.until(() => camera.open === 0);
  });
});
