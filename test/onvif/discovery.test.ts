import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { FoundCamera } from '../../src/onvif/device.js';
import { discover } from '../../src/onvif/discovery.js';
import { openOnvif } from '../../src/onvif/open.js';
import { probe } from '../../src/onvif/probe.js';
import { OnvifCamera } from '../peers/onvif-camera.js';

const LOOPBACK = ['127.0.0.1'];

/** One of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Resolves when whoever hears probes at that port has answered all that were sent before. */
async function answeredAt(port: number): Promise<void> {
  const socket = createSocket('udp4');
  socket.send(probe('own', 'everything'), port, '127.0.0.1');
  await once(socket, 'message');
  socket.close();
  // What has come to another socket by now is read in this turn, or in the next.
  for (let turns = 0; turns < 2; turns++) await turn();
}

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
    const pauses: number[] = [];
    const pause = (ms: number): Promise<void> => {
      pauses.push(ms);
      return answeredAt(camera.discoveryPort);
    };
    const cameras = await discover({ signal: life.signal, wait: 200, interfaces: LOOPBACK, target, found, pause });
    // Each is asked twice, and there once.
    expect(pauses).toEqual([50, 150]);
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

  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds() && !life.signal.aborted) await turn();
  };

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

  const match = (...ids: string[]): Buffer => {
    const matches = ids.map(
      (id) =>
        `<ProbeMatch><EndpointReference><Address>${id}</Address></EndpointReference>` +
        '<Types>NetworkVideoTransmitter</Types><XAddrs>http://127.0.0.1/onvif/device_service</XAddrs></ProbeMatch>',
    );
    return Buffer.from(`<Envelope><Body><ProbeMatches>${matches.join('')}</ProbeMatches></Body></Envelope>`);
  };

  it('are asked for as WS-Discovery has it, and nonsense is no camera', async () => {
    const probes: string[] = [];
    const socket = await answering((probe, send) => {
      probes.push(probe.toString());
      for (const said of ['', '<', '<Envelope/>', 'x'.repeat(60_000)]) send(Buffer.from(said));
      send(match('one'));
    });
    const target = { host: '127.0.0.1', port: socket.address().port };
    const told: FoundCamera[] = [];
    const found = (camera: FoundCamera): void => void told.push(camera);
    let pauses = 0;
    const pause = (): Promise<void> => {
      pauses++;
      return until(() => probes.length === pauses && told.length > 0);
    };
    const cameras = await discover({ signal: life.signal, interfaces: LOOPBACK, target, found, pause });
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
    // Ten in each datagram, so that the system has room for all of them.
    const socket = await answering((_, send) => {
      for (let index = 0; index < 15; index++) send(match(...Array.from({ length: 10 }, () => String(count++))));
    });
    const target = { host: '127.0.0.1', port: socket.address().port };
    let told = 0;
    const found = (): void => {
      told++;
    };
    const pause = async (): Promise<void> => {
      const before = told;
      await until(() => told === Math.min(200, before + 150));
      for (let turns = 0; turns < 10; turns++) await turn();
    };
    const cameras = await discover({ signal: life.signal, interfaces: LOOPBACK, target, found, pause });
    socket.close();
    expect(count).toBe(300);
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
