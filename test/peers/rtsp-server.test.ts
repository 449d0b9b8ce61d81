import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { footage } from './footage.js';
import { startRtspServer, type RtspServer } from './rtsp-server.js';

const run = promisify(execFile);

interface Probe {
  readonly streams: readonly { codec_name: string; width?: number }[];
}

async function probe(server: RtspServer, ...more: string[]): Promise<string> {
  const options = ['-v', 'error', '-of', 'json', '-show_streams', '-timeout', '5000000', ...more];
  const { stdout } = await run('ffprobe', [...options, server.url()]);
  return (JSON.parse(stdout) as Probe).streams
    .map(({ codec_name, width }) => [codec_name, width].join(' ').trim())
    .join(', ');
}

const small = { width: 640, height: 360, seconds: 4, gop: 1 };

describe('the camera that the tests use', () => {
  it.each([
    ['h264', 'none', 'h264 640'],
    ['h264', 'aac', 'h264 640, aac'],
    ['hevc', 'pcmu', 'hevc 640, pcm_mulaw'],
    ['h264', 'pcma', 'h264 640, pcm_alaw'],
    ['hevc', 'opus', 'hevc 640, opus'],
  ] as const)('plays %s with audio %s', async (codec, audio, expected) => {
    await using server = await startRtspServer({ file: await footage({ ...small, codec }), audio });
    expect(await probe(server, '-rtsp_transport', 'tcp')).toBe(expected);
  });

  it('plays over TLS and UDP, and wants the password', async () => {
    const options = { file: await footage(small), user: 'admin', password: 'p@ss:w/rd' };
    await using secure = await startRtspServer({ ...options, tls: true });
    expect(await probe(secure)).toBe('h264 640, aac');
    await using open = await startRtspServer({ ...options, auth: 'basic', udp: true });
    expect(await probe(open, '-rtsp_transport', 'udp')).toBe('h264 640, aac');
    await expect(run('ffprobe', ['-v', 'error', open.url({ credentials: false })])).rejects.toThrow('401');
  });

  it('counts its clients, and can throw them out', async () => {
    await using server = await startRtspServer({ file: await footage(small) });
    const client = run('ffmpeg', ['-v', 'error', '-rtsp_transport', 'tcp', '-i', server.url(), '-f', 'null', '-']);
    await until(async () => (await server.clients()).playing === 1);
    await server.kill();
    await client;
    // The client may know of it before the server has counted it.
    await until(async () => (await server.clients()).connected === 0);
    expect(await server.clients()).toMatchObject({ playing: 0, total: 1 });
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
