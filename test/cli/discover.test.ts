import { discoverCommand, sourceFor } from '../../src/cli/discover.js';
import { discover } from '../../src/onvif/discovery.js';
import { OnvifCamera } from '../peers/onvif-camera.js';
import type { FoundCamera, OnvifAddress } from '../../src/onvif/device.js';

const PLAIN = { port: undefined, tls: false, username: undefined, password: undefined };
const at = (host: string, rest: Partial<OnvifAddress> = {}): OnvifAddress => ({ host, ...PLAIN, ...rest });

async function discovered(found: readonly FoundCamera[], ...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  let waited: number | undefined;
  const command = discoverCommand(({ wait }) => {
    waited = wait;
    return Promise.resolve(found);
  });
  const code = await command.run(args, {
    print: (line) => Promise.resolve(void out.push(line)),
    complain: (line) => err.push(line),
    ...{ env: {}, terminal: false, now: Date.now, signal: new AbortController().signal },
  });
  return { code, out, err, waited };
}

const CAMERAS: readonly FoundCamera[] = [
  { id: 'urn:1', address: at('192.168.1.20'), name: 'Front\u001b[31m', model: 'X1' },
  {
    id: 'urn:2',
    address: at('fe80::1%eth0', { port: 8443, tls: true, path: '/device?x=1' }),
    name: undefined,
    model: undefined,
  },
];

it('lists what to paste', async () => {
  expect(await discovered(CAMERAS)).toEqual({
    code: 0,
    out: [
      '192.168.1.20  Front?[31m, X1',
      '  "source": "onvif://USER:PASSWORD@192.168.1.20"',
      'fe80::1%eth0',
      '  "source": "onvifs://USER:PASSWORD@[fe80::1%25eth0]:8443/device?x=1"',
    ],
    err: [],
    waited: undefined,
  });
});

it('finds a camera that answers', async () => {
  await using camera = await OnvifCamera.start({ maker: 'axis' });
  const target = { host: '127.0.0.1', port: camera.discoveryPort };
  const out: string[] = [];
  const answered = Promise.withResolvers<undefined>();
  const command = discoverCommand((options) =>
    discover({
      ...{ ...options, interfaces: ['127.0.0.1'], target, pause: () => answered.promise },
      found: () => {
        answered.resolve(undefined);
      },
    }),
  );
  const code = await command.run([], {
    print: (line) => Promise.resolve(void out.push(line)),
    complain: () => undefined,
    ...{ env: {}, terminal: false, now: Date.now, signal: new AbortController().signal },
  });
  expect([code, ...out]).toEqual([
    0,
    '127.0.0.1  Front door, M5525-E',
    `  "source": "onvif://USER:PASSWORD@127.0.0.1:${camera.port}"`,
  ]);
});

it('tells a program', async () => {
  const { out, waited } = await discovered(CAMERAS, '--json', '--wait', '2');
  expect(waited).toBe(2000);
  expect(JSON.parse(out[0] ?? '')).toEqual({
    id: 'urn:1',
    name: 'Front\u001b[31m',
    model: 'X1',
    host: '192.168.1.20',
    port: 80,
    tls: false,
    source: 'onvif://USER:PASSWORD@192.168.1.20',
  });
  expect(out[0]).not.toContain('\u001b');
});

it('says what to look for where nobody answers', async () => {
  const { code, err } = await discovered([]);
  expect([code, err[0]]).toEqual([1, expect.stringMatching(/^No camera has answered\..*3702/)]);
});

it.each([
  [['192.168.1.20'], /“192.168.1.20” is one word too many/],
  [['--wait', '0'], /--wait is a number from 1 to 60/],
])('does not take %j', async (args, said) => {
  await expect(discovered([], ...args)).rejects.toThrow(said);
});

it.each<[address: OnvifAddress, source: string]>([
  [at('cam', { port: 80 }), 'onvif://USER:PASSWORD@cam'],
  [at('cam', { port: 443 }), 'onvif://USER:PASSWORD@cam:443'],
  [at('cam', { port: 443, tls: true }), 'onvifs://USER:PASSWORD@cam'],
  [at('cam', { port: 8000 }), 'onvif://USER:PASSWORD@cam:8000'],
])('writes %j as %s', (address, source) => {
  expect(sourceFor(address)).toBe(source);
});
