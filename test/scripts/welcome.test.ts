import { createRequire } from 'node:module';
import { setupUri, welcome } from '../../scripts/welcome.mjs';

const accessory = { displayName: 'Demo 1A2B', category: 17, pincode: '031-45-154', setupID: 'A1B2', pairedClients: {} };
const shown = { accessory, drawCode: (text: string) => [`[${text}]`], settings: 'config.json' };

interface Hap {
  Accessory: new (name: string, uuid: string) => { _accessoryInfo: unknown; _setupID: string; setupURI(): string };
  uuid: { generate(text: string): string };
}

describe('what is said when a camera can be added', () => {
  it("gives the phone's camera what HAP-NodeJS itself would", () => {
    const homebridge = createRequire(createRequire(import.meta.url).resolve('homebridge'));
    const { Accessory, uuid } = homebridge('@homebridge/hap-nodejs') as Hap;
    for (const one of [accessory, { ...accessory, category: 18, pincode: '000-00-001' }]) {
      const theirs = new Accessory('Demo', uuid.generate('demo'));
      theirs._accessoryInfo = one;
      theirs._setupID = one.setupID;
      expect(setupUri(one)).toBe(theirs.setupURI());
    }
  });

  it('shows name, code and settings', () => {
    const text = welcome(shown).join('\n');
    for (const part of ['"Demo 1A2B"', '031-45-154', setupUri(accessory), 'config.json', '██████'])
      expect(text).toContain(part);
  });

  it('asks for no pairing of a camera that is paired', () => {
    const text = welcome({ ...shown, accessory: { ...accessory, pairedClients: { someone: 'key' } } }).join('\n');
    expect(text).toContain('already in a home');
    expect(text).not.toContain('031-45-154');
  });
});
