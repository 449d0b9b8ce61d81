import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { openUdpPort, plainAddress } from '../../../src/homekit/live/udp-port.js';

async function viewer(address: string) {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}

/** Many a container has none. */
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

describe('openUdpPort', () => {
  it.each<[target: string, local: string, from: string | undefined]>([
    ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '::ffff:127.0.0.1', '127.0.0.1'],
    ...(hasIpv6 ? ([['::1', '::1', '::1']] as [string, string, string][]) : []),
    ['127.0.0.1', '::1', undefined],
    ['127.0.0.1', '203.0.113.7', undefined],
  ])('talks to %s, having been reached at %s', async (target, local, from) => {
    const life = new AbortController();
    const socket = await viewer(target);
    try {
      const port = await openUdpPort({ address: target, port: socket.address().port }, local, life.signal);
      const arrived = once(socket, 'message') as Promise<[Buffer, { address: string; port: number }]>;
      port.send(Buffer.from('hello'));
      const [message, sender] = await arrived;
      expect(message.toString()).toBe('hello');
      expect(sender.port).toBe(port.port);
      if (from !== undefined) expect(sender.address).toBe(from);
      const answered = new Promise<Buffer>((resolve) => {
        port.onMessage(resolve);
      });
      socket.send('back', sender.port, sender.address);
      expect((await answered).toString()).toBe('back');
    } finally {
      life.abort();
      socket.close();
    }
  });

  it('is silent, and its port free, once its session has ended', async () => {
    const life = new AbortController();
    const port = await openUdpPort({ address: '127.0.0.1', port: 9 }, '127.0.0.1', life.signal);
    life.abort();
    port.send(Buffer.from('too late'));
    const again = createSocket('udp4');
    again.bind(port.port, '127.0.0.1');
    await once(again, 'listening');
    again.close();
  });

  it('survives a viewer that has gone', async () => {
    const life = new AbortController();
    const socket = await viewer('127.0.0.1');
    const gone = socket.address().port;
    socket.close();
    const port = await openUdpPort({ address: '127.0.0.1', port: gone }, '127.0.0.1', life.signal);
    for (let at = 0; at < 20; at++) {
      port.send(Buffer.from('anybody?'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    life.abort();
  });
});

describe('plainAddress', () => {
  it.each([
    ['::ffff:192.168.1.5', '192.168.1.5'],
    ['192.168.1.5', '192.168.1.5'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
  ])('%s is %s', (address, plain) => {
    expect(plainAddress(address)).toBe(plain);
  });
});
