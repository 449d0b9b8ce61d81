/** The Homebridge configuration of the hub that `npm start` runs: made once, kept across starts. */

const hex = (byte) => byte.toString(16).padStart(2, '0').toUpperCase();

/** Codes that HomeKit refuses as too simple (HAP specification, 4.2.1.2), beside eight equal digits. */
const REFUSED_PINS = ['12345678', '87654321'];

/**
 * @param random `random(n)`: n random bytes
 * @returns a user name as HomeKit's device ids are written (a MAC address) and a setup code `ddd-dd-ddd`
 */
export function newIdentity(random) {
  const username = [0x0e, ...random(5)].map(hex).join(':');
  const digits = String(random(4).reduce((value, byte) => value * 256 + byte, 0) % 1e8).padStart(8, '0');
  if (REFUSED_PINS.includes(digits) || /^(\d)\1{7}$/.test(digits)) return newIdentity(random);
  return { username, pin: `${digits.slice(0, 3)}-${digits.slice(3, 5)}-${digits.slice(5)}` };
}

/** Ports that one hub takes: the bridge's, then one for each camera. */
export const PORTS = 8;

/** The first port that a configuration has chosen, undefined when it has chosen none. */
export const firstPort = (config) => config?.bridge?.port;

/** The cameras that `npm start` itself puts in; all others in the file are the user's and stay. */
const OURS = ['demo', 'camera'];

/**
 * @param previous the configuration of the last start, undefined the first time: its identity, its further cameras and
 *   whatever else was written into it stay
 * @param camera `{ id, name, source }`, first among the cameras
 */
export function hubConfig(previous, { camera, port, random }) {
  const identity = previous?.bridge?.pin ? {} : newIdentity(random);
  const platforms = previous?.platforms ?? [];
  const lookout = platforms.find(({ platform }) => platform === 'Lookout');
  const cameras = lookout?.cameras ?? [];
  const kept = cameras.find(({ id }) => id === camera.id);
  return {
    ...previous,
    bridge: {
      name: 'Lookout Hub',
      // Only cameras are published: the bridge has nothing of its own to show.
      hap: { enabled: false, externalsOnly: true },
      advertiser: 'ciao',
      ...previous?.bridge,
      ...identity,
      port,
    },
    ports: { start: port + 1, end: port + PORTS - 1 },
    platforms: [
      {
        platform: 'Lookout',
        name: 'Lookout',
        ...lookout,
        cameras: [{ ...camera, ...kept, source: camera.source }, ...cameras.filter(({ id }) => !OURS.includes(id))],
      },
      ...platforms.filter((platform) => platform !== lookout),
    ],
  };
}
