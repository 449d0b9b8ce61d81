import { readSettings } from '../../src/settings/settings.js';

const camera = { name: 'Door', source: '/x.mp4' };
const broker = { url: 'mqtts://broker.lan' };

it('fills in what is heard and told', () => {
  const { settings, problems } = readSettings({
    cameras: [{ ...camera, mqtt: { listen: [{ topic: 'zigbee2mqtt/button' }] } }],
    mqtt: broker,
    http: { port: '8582', token: 'a-long-random-token' },
  });
  expect(problems.map(({ message }) => message)).toEqual([
    'Setting "http.port" is "8582", expected a whole number from 1 to 65535; 8582 is used.',
  ]);
  expect(settings.mqtt).toMatchObject({ topic: 'lookout', discoveryTopic: 'homeassistant', frigateTopic: 'frigate' });
  expect(settings.http).toEqual({ port: 8582, listen: 'loopback', token: 'a-long-random-token' });
  expect(settings.cameras[0]?.mqtt).toEqual({
    trust: false,
    listen: [{ topic: 'zigbee2mqtt/button', on: 'ON', off: 'OFF', says: 'motion' }],
  });
});

it.each<[fields: object, said: RegExp]>([
  [
    { mqtt: { ...broker, certificate: '/c.pem' } },
    /"mqtt.certificateKey" is missing, expected a certificate and its key, or neither; there is no MQTT/,
  ],
  [
    { mqtt: { ...broker, ca: 'ca.pem' } },
    /"mqtt.ca" is "ca.pem", expected the absolute path of a file; there is no MQTT/,
  ],
  [{ http: { port: 8582 } }, /"http.token" is missing, expected a token of 16 to 128 .*; there is no HTTP/],
  [{ http: { port: 8582, token: 'short' } }, /"http.token" is "\*\*\*", expected a token of 16 to 128/],
  [
    { http: { port: 8582, token: 'a-long-random-token', listen: 'world' } },
    /"http.listen" is "world".*there is no HTTP/,
  ],
])('does without, rather than with something else: %j', (fields, said) => {
  const { settings, problems } = readSettings({ cameras: [camera], ...fields });
  expect(problems.map(({ message }) => message)).toEqual([expect.stringMatching(said)]);
  expect([settings.mqtt, settings.http]).toEqual([undefined, undefined]);
  expect(settings.cameras).toHaveLength(1);
});

it.each<[mqtt: object, said: RegExp]>([
  [{ listen: [{ topic: 'a/+' }] }, /"mqtt.listen\[0\].topic" is "a\/\+".*it is left out/],
  [{ listen: [{ topic: 'a', path: 'a..b' }] }, /"mqtt.listen\[0\].path" is "a..b"/],
  [{ frigate: 'front/door' }, /"mqtt.frigate" is "front\/door".*Frigate is not heard/],
  [{ trust: 'maybe' }, /"mqtt.trust" is "maybe".*they are not believed/],
])('keeps the camera whatever it is to hear: %j', (mqtt, said) => {
  const { settings, problems } = readSettings({ cameras: [{ ...camera, mqtt }] });
  expect(problems.map(({ message }) => message)).toEqual([expect.stringMatching(said)]);
  expect(settings.cameras[0]?.mqtt).toEqual({ trust: false, listen: [] });
});
