import { footage } from '../peers/footage.js';
import { Mosquitto, PASSWORD, USER } from '../peers/mosquitto.js';
import { startRtspServer } from '../peers/rtsp-server.js';
import { HAP } from './harness/controller.js';
import { figure } from './harness/figures.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';

const PRESSED = '73';

it(
  'rings a phone for a message, and tells the house of it',
  async () => {
    await using camera = await startRtspServer({ file: await footage({ gop: 2, fps: 20, seconds: 20 }) });
    await using broker = await Mosquitto.start({ tls: true });
    const ear = await broker.hear('lookout/#', 'homeassistant/#');
    const mqtt = { url: `mqtts://localhost:${broker.port}`, username: USER, password: PASSWORD, ca: broker.ca };
    await using home = await Home.start(
      [{ name: 'Door', source: camera.url(), type: 'doorbell', doorbell: { visit: 1 }, detect: { enabled: false } }],
      { lookout: { mqtt } },
    );
    using door = await home.connect('Door');
    using bell = await home.listen('Door', [door.find(HAP.doorbell, PRESSED).iid]);
    await ear.count('the camera', () => ear.last['lookout/door/availability'] === 'online', 30_000);
    const sent = performance.now();
    broker.publish('lookout/door/trigger', 'ring');
    await bell.changes.until('a press', () => bell.events.at(0), 5000);
    figure('from the start of mosquitto_pub to a phone', (bell.events[0]?.at ?? 0) - sent, 'ms');
    const ring = await ear.until('a ring', ({ topic }) => topic === 'lookout/door/ring');
    const { id } = JSON.parse(ring.payload) as { id: string };
    await ear.until('its event', ({ topic, payload }) => topic === 'lookout/door/event' && payload.includes(id));
    await ear.until('a picture', ({ topic }) => topic === 'lookout/door/picture');
    expect(ear.last['homeassistant/event/lookout_door/ring/config']).toContain('"doorbell"');
    await home.hub.stop();
    await ear.count('that it is gone', () => ear.last['lookout/status'] === 'offline', 10_000);
    expect(home.hub.text).not.toContain(PASSWORD);
  },
  SETUP_TIMEOUT,
);
