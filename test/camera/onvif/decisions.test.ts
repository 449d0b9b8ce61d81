import fc from 'fast-check';
import { onvifAccess, streamAddress } from '../../../src/camera/onvif/access.js';
import { heardClaim, momentOf, NOTHING } from '../../../src/camera/onvif/claims.js';
import { filterFor, hasNightVision } from '../../../src/camera/onvif/night-vision.js';
import { eventsDelay, onvifDelay } from '../../../src/camera/onvif/patience.js';
import { Troubles } from '../../../src/camera/onvif/troubles.js';
import { deaf, found, lost } from '../../../src/camera/onvif/words.js';
import { type OnvifAddress, type OnvifClaim, OnvifError, type OnvifEvent } from '../../../src/onvif/device.js';
import { readSettings } from '../../../src/settings/settings.js';

const ADDRESS: OnvifAddress = { host: '192.168.1.20', port: 8000, tls: false, username: 'u', password: 'p@ss' };

describe('the address of a stream', () => {
  it.each<[said: string, url: string | undefined]>([
    ['rtsp://192.168.1.20:554/main', 'rtsp://u:p%40ss@192.168.1.20:554/main'],
    ['rtsp://192.168.1.20/main?a=1&b=2', 'rtsp://u:p%40ss@192.168.1.20:554/main?a=1&b=2'],
    ['RTSP://192.168.1.20:8554/', 'rtsp://u:p%40ss@192.168.1.20:8554/'],
    ['rtsps://192.168.1.20/main', 'rtsps://u:p%40ss@192.168.1.20:322/main'],
    // A wrong host, or nobody's: what is asked is where the admin says that it is.
    ['rtsp://10.0.0.1:554/main', 'rtsp://u:p%40ss@192.168.1.20:554/main'],
    ['rtsp://evil.example/main', 'rtsp://u:p%40ss@192.168.1.20:554/main'],
    ['rtsp://other:login@10.0.0.1/main', 'rtsp://u:p%40ss@192.168.1.20:554/main'],
    ['rtsp://192.168.1.20/main?udp', 'rtsp://u:p%40ss@192.168.1.20:554/main'],
    ['', undefined],
    ['file:///etc/passwd', undefined],
    ['/etc/passwd', undefined],
    ['http://192.168.1.20/main', undefined],
    ['rtsp://', undefined],
    ['rtsp://192.168.1.20:99999/main', undefined],
    ['rtsp://192.168.1.20/\nmain', undefined],
  ])('%j', (said, url) => {
    const address = streamAddress(said, ADDRESS);
    expect([address?.url, address?.transport]).toEqual([url, url && 'tcp']);
  });

  it('needs no login, and may be one of IPv6', () => {
    const nobody = { ...ADDRESS, host: 'fe80::1%eth0', username: undefined, password: undefined };
    expect(streamAddress('rtsp://x/main', nobody)?.url).toBe('rtsp://[fe80::1%25eth0]:554/main');
  });

  it('is nowhere else, whatever the camera says', () => {
    const said = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.string().map((text) => `rtsp://${text}`),
    );
    fc.assert(
      fc.property(said, (text) => {
        const address = streamAddress(text, ADDRESS);
        if (address === undefined) return;
        expect([address.host, address.username, address.password]).toEqual(['192.168.1.20', 'u', 'p@ss']);
        expect(new URL(address.url).hostname).toBe('192.168.1.20');
        expect(address.kind).toMatch(/^rtsps?$/);
      }),
      { numRuns: 2000 },
    );
  });
});

const event = (claim: OnvifClaim, state: OnvifEvent['state'] = 'begins', rule?: string): OnvifEvent => ({
  ...{ claim, state, rule },
  at: undefined,
});

describe('what a camera sees', () => {
  it.each<[event: OnvifEvent, says: string | undefined, ends: boolean]>([
    [event('motion'), 'motion', true],
    [event('person'), 'person', true],
    [event('vehicle'), 'vehicle', true],
    [event('animal'), 'animal', true],
    [event('line', 'begins', 'Gate'), 'motion', false],
    [event('line', 'ends', 'Gate'), undefined, false],
    [event('ring'), 'ring', false],
    [event('ring', 'ends'), undefined, false],
    [event('tamper'), undefined, false],
    [event('motion', 'ends'), undefined, true],
    [event('person', 'happens', 'Gate'), 'person', false],
    [event('ring', 'happens'), 'ring', false],
  ])('%j is reported as %s', (heard, says, ends) => {
    const { report, ...rest } = heardClaim(NOTHING, heard);
    expect([report?.says, rest.ends, report?.region]).toEqual([says, ends, says && heard.rule]);
  });

  it('is over when the last rule says so', () => {
    const said: OnvifEvent[] = [
      event('motion'),
      event('motion', 'begins', 'A'),
      event('vehicle', 'happens', 'A'),
      event('person'),
      event('person', 'ends'),
      event('motion', 'ends', 'A'),
      event('motion', 'ends', 'A'),
      event('motion', 'ends'),
    ];
    let goesOn = NOTHING;
    const over = said.map((each) => {
      const heard = heardClaim(goesOn, each);
      ({ goesOn } = heard);
      return heard.report?.over;
    });
    expect(over).toEqual([false, false, false, false, undefined, undefined, undefined, true]);
  });

  it('does not fill the memory', () => {
    let goesOn = NOTHING;
    for (let rule = 0; rule < 1000; rule++) ({ goesOn } = heardClaim(goesOn, event('motion', 'begins', `${rule}`)));
    expect(goesOn.size).toBe(64);
  });
});

it.each<[at: number | undefined, moment: number]>([
  [undefined, 50_000],
  [1_000_000, 50_000],
  [999_000, 49_000],
  [990_000, 40_000],
  // Pictures are not remembered from then, or it has not been yet.
  [989_999, 50_000],
  [1_000_001, 50_000],
  [0, 50_000],
])('what was at %s was at %i', (at, moment) => {
  expect(momentOf(at, { monotonic: 50_000, epoch: 1_000_000 })).toBe(moment);
});

it.each<[fault: OnvifError['fault'], attempts: number, wait: number]>([
  ['login', 1, 300_000],
  ['login', 9, 300_000],
  ['silent', 1, 1000],
  ['silent', 3, 4000],
  ['silent', 99, 60_000],
  ['refused', 99, 60_000],
  ['absent', 1, 1000],
  ['absent', 99, 600_000],
])('after %s, %i times, it waits %i ms', (fault, attempts, wait) => {
  expect(onvifDelay(fault, attempts)).toBe(wait);
});

it('asks for events that are refused less and less often', () => {
  expect([1, 2, 3, 99].map(eventsDelay)).toEqual([10_000, 20_000, 40_000, 600_000]);
});

describe('troubles', () => {
  it('are told once, until it is back', () => {
    const troubles = new Troubles();
    expect(troubles.there()).toBe(false);
    troubles.gone(true);
    expect(['a', 'a', 'b'].map((message) => troubles.trouble(message))).toEqual([true, false, true]);
    expect([troubles.there(), troubles.there(), troubles.trouble('a')]).toEqual([true, false, true]);
  });

  it('of what comes and goes are told once', () => {
    const troubles = new Troubles();
    const said: unknown[] = [];
    for (let nth = 0; nth < 5; nth++) {
      said.push(troubles.there());
      troubles.gone(false);
      said.push(troubles.trouble('a'));
    }
    expect(said).toEqual([false, true, true, true, false, false, false, false, false, false]);
    expect([troubles.there(), troubles.steady(), troubles.trouble('a')]).toEqual([false, true, true]);
  });
});

it('words what is and what is not', () => {
  const ASKED = { streams: true, channel: undefined };
  const error = new OnvifError('silent', '192.168.1.20 does not answer: see whether it is on');
  expect(lost(error, true)).toBe(
    'its ONVIF cannot be used. 192.168.1.20 does not answer: see whether it is on. ' +
      'What the camera itself sees is not heard; pictures go on.',
  );
  expect(lost(new OnvifError('login', 'No.'), false)).toMatch(
    /^its ONVIF cannot be used. No. Pictures go on. The next/,
  );
  expect(deaf(error)).toMatch(/^what the camera itself sees is not heard. 192.* is on. Set "onvif.events" to false/);
  const offers = { events: true, presets: false, nightVision: true, backchannel: true };
  const information = { maker: 'Acme', model: 'X1', firmware: undefined };
  expect(found({ information, offers, clockOffset: 59_000, sources: 1 }, ASKED, false)).toBe(
    'ONVIF: Acme X1 offers events, night vision, talking back.',
  );
  const several = [ASKED, { ...ASKED, streams: false }, { ...ASKED, channel: 2 }].map((access) =>
    found({ information, offers, clockOffset: 0, sources: 2 }, access, false).replace(/.*back\./, ''),
  );
  expect(several).toEqual([
    ' Of its 2 video sources the one with the largest picture is used: name one in "onvif.channel".',
    ' Of its 2 video sources what all of them see is heard: name one in "onvif.channel".',
    '',
  ]);
  const clocks = [-90_000, 32_400_000, -820_000_000_000].map((clockOffset) =>
    found({ information, offers, clockOffset, sources: 1 }, ASKED, false).replace(/.*back\./, ''),
  );
  expect(clocks).toEqual([' Its clock is 2 min ahead.', ' Its clock is 9 h behind.', ' Its clock is 9491 days ahead.']);
  const nothing = { events: false, presets: false, nightVision: false, backchannel: false };
  const unknown = { maker: undefined, model: '', firmware: undefined };
  expect(found({ information: unknown, offers: nothing, clockOffset: 0, sources: 0 }, ASKED, true)).toBe(
    'ONVIF is back: the camera offers nothing but its streams.',
  );
});

it('sees by infrared light as HomeKit has it', () => {
  expect((['on', 'off', 'auto'] as const).map(hasNightVision)).toEqual([false, true, true]);
  expect([filterFor(true), filterFor(false)]).toEqual(['auto', 'on']);
});

it('knows where a camera of the settings is', () => {
  const [camera] = readSettings({ cameras: [{ name: 'A', source: 'onvif://u:p@cam' }] }).settings.cameras;
  expect(camera && onvifAccess(camera)?.address.host).toBe('cam');
});
