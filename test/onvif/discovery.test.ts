import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { FoundCamera } from '../../src/onvif/device.js';
import { discover } from '../../src/onvif/discovery.js';
import { openOnvif } from '../../src/onvif/open.js';
import { OnvifCamera } from '../peers/onvif-camera.js';

const LOOPBACK = ['127.0.0.1'];

describe('cameras on the network', () => {
  let life: AbortController;

  beforeEach(() => {
    life = new AbortController();
  });

  afterEach(() => {
    life.abort();
  });

  it.each(['hikvision', 'reolink', 'axis', 'tapo'] as const)('are found, and can be opened: %s', async (maker) => {
    await using camera = await OnvifCamera.start({ maker });
    const target = { host: '127.0.0.1', port: camera.discoveryPort };
    const told: FoundCamera[] = [];
    const found = (camera: FoundCamera): void => void told.push(camera);
    const cameras = await discover({ signal: life.signal, wait: 200, interfaces: LOOPBACK, target, found });
    // Each is asked twice, and there once.
    expect(cameras).toHaveLength(1);
    expect(told).toEqual(cameras);
    const [first] = cameras;
    expect(first).toMatchObject({ name: 'Front door', address: { host: '127.0.0.1', port: camera.port, tls: false } });
    const address = {
      ...camera.address,
      ...first?.address,
      username: camera.address.username,
      password: camera.password,
    };
    const device = await openOnvif(address, { signal: life.signal });
    expect(device.information.model).toBe(first?.model);
  });

  it('are told as they answer', async () => {
    await using camera = await OnvifCamera.start();
    const target = { host: '127.0.0.1', port: camera.discoveryPort };
    const found = await new Promise<FoundCamera>((resolve, reject) => {
      const options = { signal: life.signal, wait: 600_000, interfaces: LOOPBACK, target, found: resolve };
      discover(options).catch(reject);
    });
    expect(found.address.port).toBe(camera.port);
  });

  const answering = async (answer: (probe: Buffer, send: (answer: Buffer) => void) => void): Promise<Socket> => {
    const socket = createSocket('udp4');
    socket.on('message', (probe, { port, address }) => {
      answer(probe, (said) => {
        socket.send(said, port, address);
      });
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return socket;
  };

  const match = (id: string): Buffer =>
    Buffer.from(
      `<Envelope><Body><ProbeMatches><ProbeMatch><EndpointReference><Address>${id}</Address></EndpointReference>` +
        '<Types>NetworkVideoTransmitter</Types><XAddrs>http://127.0.0.1/onvif/device_service</XAddrs></ProbeMatch>' +
        '</ProbeMatches></Body></Envelope>',
    );

  it('are asked for as WS-Discovery has it, and nonsense is no camera', async () => {
    const probes: string[] = [];
    const socket = await answering((probe, send) => {
      probes.push(probe.toString());
      for (const said of ['', '<', '<Envelope/>', 'x'.repeat(60_000)]) send(Buffer.from(said));
      send(match('one'));
    });
    const target = { host: '127.0.0.1', port: socket.address().port };
    const cameras = await discover({ signal: life.signal, wait: 200, interfaces: LOOPBACK, target });
    socket.close();
    expect(cameras.map(({ id }) => id)).toEqual(['one']);
    expect(probes).toHaveLength(2);
    expect(probes[0]).toContain(
      '<Types xmlns:dn="http://www.onvif.org/ver10/network/wsdl">dn:NetworkVideoTransmitter</Types>',
    );
    // Some do not know what they are.
    expect(probes[1]).not.toContain('<Types');
    expect(new Set(probes.map((probe) => /uuid:([0-9a-f-]{36})</.exec(probe)?.[1])).size).toBe(2);
  });

  it('are 200 at most', async () => {
    let count = 0;
    const socket = await answering((_, send) => {
      for (let index = 0; index < 150; index++) send(match(String(count++)));
    });
    const target = { host: '127.0.0.1', port: socket.address().port };
    const cameras = await discover({ signal: life.signal, wait: 1_000, interfaces: LOOPBACK, target });
    socket.close();
    expect(cameras).toHaveLength(200);
  });

  it('are not waited for when it is given up, and a network that is gone is left out', async () => {
    const target = { host: '127.0.0.1', port: 9 };
    const giving = discover({ signal: life.signal, wait: 600_000, interfaces: ['192.0.2.1', ...LOOPBACK], target });
    setImmediate(() => {
      life.abort();
    });
    await expect(giving).rejects.toThrow('abort');
    expect(await discover({ signal: new AbortController().signal, wait: 10, interfaces: ['192.0.2.1'] })).toEqual([]);
  });
});
