import { randomBytes } from 'node:crypto';
import { hubConfig, newIdentity, type HubConfig } from '../../scripts/hub-config.mjs';

const demo = { id: 'demo', name: 'Demo', source: '/scene.mp4' };
const camera = { id: 'camera', name: 'Camera', source: 'rtsp://cam/main' };
const make = (previous: HubConfig | undefined, chosen = demo, port = 20_000) =>
  hubConfig(previous, { camera: chosen, port, random: randomBytes });
const lookout = (config: HubConfig) => config.platforms.find(({ platform }) => platform === 'Lookout');

describe('the hub that npm start runs', () => {
  it('begins with an identity, ports and one camera', () => {
    const config = make(undefined);
    expect(config.bridge).toMatchObject({ port: 20_000, advertiser: 'ciao' });
    expect(config.bridge.username).toMatch(/^0E(:[0-9A-F]{2}){5}$/);
    expect(config.bridge.pin).toMatch(/^\d{3}-\d{2}-\d{3}$/);
    expect(config.ports).toEqual({ start: 20_001, end: 20_007 });
    expect(config.platforms).toEqual([{ platform: 'Lookout', name: 'Lookout', cameras: [demo] }]);
  });

  it('keeps its identity when ports and camera change', () => {
    const before = make(undefined);
    const after = make(before, camera, 21_000);
    expect(after.bridge).toEqual({ ...before.bridge, port: 21_000 });
    expect(lookout(after)?.cameras).toEqual([camera]);
  });

  it("keeps the user's cameras, fields and platforms", () => {
    const own = { id: 'yard', name: 'Yard', source: 'rtsp://yard' };
    const before = make(undefined);
    const edited: HubConfig = {
      ...before,
      platforms: [
        { platform: 'Other' },
        { platform: 'Lookout', cameras: [own, { ...demo, name: 'Garden', source: '/old.mp4' }] },
      ],
    };
    const after = make(edited);
    expect(lookout(after)?.cameras).toEqual([{ ...demo, name: 'Garden' }, own]);
    expect(after.platforms).toContainEqual({ platform: 'Other' });
  });

  it('never chooses a setup code that HomeKit refuses', () => {
    const refused = [12_345_678, 0, 77_777_777, 87_654_321];
    const draws = [...refused, 5].flatMap((pin) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(pin);
      return [Buffer.alloc(5), bytes];
    });
    expect(newIdentity(() => draws.shift() ?? Buffer.alloc(5)).pin).toBe('000-00-005');
  });
});
