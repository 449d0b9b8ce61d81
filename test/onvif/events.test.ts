import { setTimeout as pauseFor } from 'node:timers/promises';
import { OnvifError, type OnvifEvent } from '../../src/onvif/device.js';
import { pullEvents } from '../../src/onvif/events.js';
import { type Exchange, exchange } from '../../src/onvif/exchange.js';
import { openOnvif } from '../../src/onvif/open.js';
import type { Session } from '../../src/onvif/session.js';
import { parseXml } from '../../src/onvif/xml.js';
import { OnvifCamera, type OnvifCameraOptions } from '../peers/onvif-camera.js';
import type { Maker } from '../peers/onvif-makers.js';
import type { Said } from '../peers/onvif-shapes.js';

const HOUR = 3_600_000;

describe("a camera's events", () => {
  let life: AbortController;
  let camera: OnvifCamera;

  beforeEach(() => {
    life = new AbortController();
  });

  afterEach(async () => {
    life.abort();
    await camera[Symbol.asyncDispose]();
  });

  /** Pauses that were asked for, ms; none of them is waited for longer than an instant. */
  const pauses: number[] = [];

  /** @param patience for a subscription, ms */
  const listen = async (of: OnvifCameraOptions = {}, patience = 5_000): Promise<AsyncIterator<OnvifEvent>> => {
    camera = await OnvifCamera.start(of);
    pauses.length = 0;
    const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
      pauses.push(ms);
      await pauseFor(Math.min(ms, 5), undefined, { signal });
    };
    const asked: Exchange = (request) =>
      exchange(request.body.includes('<CreatePullPointSubscription') ? { ...request, timeout: patience } : request);
    const options = { signal: life.signal, pause, timeout: 5_000, exchange: asked };
    const device = await openOnvif(camera.address, options);
    return device.events(life.signal)[Symbol.asyncIterator]();
  };

  const next = async (events: AsyncIterator<OnvifEvent>): Promise<OnvifEvent> => {
    const result = await events.next();
    if (result.done === true) throw new Error('It is over.');
    return result.value;
  };

  const makers: readonly { maker: Maker; said: readonly Said[] }[] = [
    { maker: 'hikvision', said: ['motion', 'person', 'tamper'] },
    { maker: 'reolink', said: ['motion', 'person', 'vehicle', 'animal', 'ring'] },
    { maker: 'axis', said: ['motion', 'person'] },
    { maker: 'tapo', said: ['motion', 'person', 'animal', 'line'] },
  ];

  it.each(makers)('are told as they begin and end: $maker', async ({ maker, said }) => {
    const events = await listen({ maker, clockSkew: 9 * HOUR });
    const heard = next(events);
    await camera.until('PullMessages');
    for (const claim of said) camera.say(claim, true);
    const begun = [await heard];
    for (let count = 1; count < said.length; count++) begun.push(await next(events));
    expect(begun).toEqual(said.map((claim) => expect.objectContaining({ claim, state: 'begins' }) as unknown));
    for (const claim of said) camera.say(claim, false);
    for (const claim of said) expect(await next(events)).toMatchObject({ claim, state: 'ends' });
    const at = begun[0]?.at;
    // This one's events are all of 1970.
    if (maker === 'tapo') expect(at).toBeUndefined();
    else expect(Math.abs((at ?? 0) - Date.now())).toBeLessThan(10_000);
  });

  it('name their rule, and what has no end', async () => {
    const events = await listen();
    const heard = next(events);
    await camera.until('PullMessages');
    camera.say('line');
    expect(await heard).toMatchObject({ claim: 'line', state: 'happens', rule: 'MyLineDetector1' });
  });

  it('are not what was before, but what goes on', async () => {
    const events = await listen();
    const heard = next(events);
    await camera.until('PullMessages');
    camera.say('tamper', false, 'Initialized');
    camera.say('line', true, 'Initialized');
    camera.say('motion', true, 'Initialized');
    expect(await heard).toMatchObject({ claim: 'tamper', state: 'ends' });
    expect(await next(events)).toMatchObject({ claim: 'motion', state: 'begins' });
  });

  it('go on over a subscription that the camera forgets, and end once', async () => {
    const events = await listen();
    const heard = next(events);
    await camera.until('PullMessages');
    camera.say('motion', true);
    expect(await heard).toMatchObject({ state: 'begins' });
    const ended = next(events);
    await camera.until('PullMessages', 2);
    camera.forget();
    await camera.until('PullMessages', 3);
    camera.say('motion', true, 'Initialized');
    camera.say('motion', false, 'Initialized');
    expect(await ended).toMatchObject({ claim: 'motion', state: 'ends' });
    expect(camera.actions().filter((action) => action === 'CreatePullPointSubscription')).toHaveLength(2);
  });

  it('are asked for with pauses where each subscription is lost after its first pull', async () => {
    const events = await listen({ emptyAtOnce: true });
    const heard = next(events);
    for (let count = 1; count <= 4; count++) {
      await camera.until('CreatePullPointSubscription', count);
      await camera.until('PullMessages', camera.actions().filter((action) => action === 'PullMessages').length + 1);
      camera.forget();
    }
    await camera.until('CreatePullPointSubscription', 5);
    camera.say('motion');
    expect(await heard).toMatchObject({ claim: 'motion' });
    expect(pauses.filter((ms) => ms === 0)).toEqual([]);
    expect(pauses.filter((ms) => ms === 1_000).length).toBeGreaterThanOrEqual(4);
  });

  it.each([true, false])('are waited for as long as the camera allows, said: %s', async (saysLongestWait) => {
    const events = await listen({ longestWait: 5, saysLongestWait });
    const heard = next(events);
    await camera.until('PullMessages', 2);
    camera.say('motion');
    expect(await heard).toMatchObject({ claim: 'motion' });
    const waits = camera.heard.flatMap(({ body }) => /<Timeout>(\w+)</.exec(body)?.[1] ?? []);
    expect(waits.slice(0, 2)).toEqual(['PT15S', 'PT5S']);
    expect(camera.actions().filter((action) => action === 'CreatePullPointSubscription')).toHaveLength(1);
  });

  it('are asked for with pauses where the camera answers at once', async () => {
    const events = await listen({ emptyAtOnce: true });
    const heard = next(events);
    await camera.until('PullMessages', 8);
    camera.say('motion');
    expect(await heard).toMatchObject({ claim: 'motion' });
    expect(pauses.length).toBeGreaterThanOrEqual(7);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...pauses)).toBeGreaterThan(900);
  });

  it.each([{ maker: 'hikvision' as const }, { maker: 'axis' as const }])(
    'outlive short subscriptions: $maker',
    async ({ maker }) => {
      const events = await listen({ maker, lease: 3_000, clockSkew: -HOUR });
      const heard = next(events);
      await camera.until(maker === 'axis' ? 'CreatePullPointSubscription' : 'Renew', 2);
      await camera.until('PullMessages', camera.actions().filter((action) => action === 'PullMessages').length + 1);
      camera.say('motion');
      expect(await heard).toMatchObject({ claim: 'motion', state: 'begins' });
    },
  );

  it('end with a goodbye, and leave nothing behind', async () => {
    const events = await listen();
    const heard = events.next();
    await camera.until('PullMessages');
    life.abort();
    expect(await heard).toEqual({ value: undefined, done: true });
    expect(camera.actions().at(-1)).toBe('Unsubscribe');
    expect(camera.points.size).toBe(0);
    while ((await camera.connections()) > 0) await new Promise(setImmediate);
  });

  it('end in time where the camera hears no goodbye', async () => {
    const events = await listen({ lies: { Unsubscribe: 'hang' } });
    const heard = events.next();
    await camera.until('PullMessages');
    life.abort();
    expect(await heard).toEqual({ value: undefined, done: true });
    while ((await camera.connections()) > 0) await new Promise(setImmediate);
  });

  const lies = [
    { lie: 'hang', fault: 'silent', subscriptions: 1 },
    { lie: 'broken', fault: 'nonsense', subscriptions: 5 },
    { lie: 'cut', fault: 'nonsense', subscriptions: 5 },
    { lie: 'html', fault: 'nonsense', subscriptions: 5 },
    { lie: 'huge', fault: 'nonsense', subscriptions: 5 },
    { lie: 'nonsense', fault: 'nonsense', subscriptions: 5 },
    { lie: 'error', fault: 'refused', subscriptions: 5 },
    { lie: 'fault', fault: 'refused', subscriptions: 5 },
    { lie: 'refused', fault: 'refused', subscriptions: 1 },
  ] as const;

  it.each(lies)('are given up after a few attempts: $lie', async ({ lie, fault, subscriptions }) => {
    const patience = lie === 'hang' ? 300 : 5_000;
    const events = await listen({ lies: { CreatePullPointSubscription: lie }, maker: 'axis' }, patience);
    const error = await events.next().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(OnvifError);
    expect(error).toMatchObject({ fault });
    const asked = camera.actions().filter((action) => action === 'CreatePullPointSubscription').length;
    expect(asked).toBeGreaterThanOrEqual(subscriptions);
    expect(asked).toBeLessThanOrEqual(subscriptions * 2);
    expect(pauses).toEqual([0, 1000, 2000, 4000].slice(0, subscriptions - 1));
  });
});

it.each([
  [1, true],
  [400, false],
])('what a camera wants to hear with each request, %i times, is said: %s', async (times, isSaid) => {
  const life = new AbortController();
  const headers: string[] = [];
  const call: Session['call'] = (_, body, options) => {
    if (body.includes('PullMessages')) {
      headers.push(options?.header ?? '');
      life.abort();
    }
    const reference = `<Address>http://cam/events</Address><ReferenceParameters><More>${'<a/>'.repeat(times)}</More></ReferenceParameters>`;
    const answer = parseXml(Buffer.from(`<R><SubscriptionReference>${reference}</SubscriptionReference></R>`));
    return answer === undefined ? Promise.reject(new Error('no XML')) : Promise.resolve(answer);
  };
  const events = pullEvents({
    session: { call, clockOffset: 0 },
    service: new URL('http://cam/onvif/events'),
    host: 'cam',
    hears: () => true,
    now: () => 0,
    wallclock: () => 0,
    pause: () => Promise.resolve(),
    timeout: 1,
    signal: life.signal,
  });
  const ended = events.next();
  if (isSaid) expect(await ended).toMatchObject({ done: true });
  else await expect(ended).rejects.toMatchObject({ fault: 'nonsense' });
  expect(headers.map((header) => header.includes('<a xmlns'))).toEqual(isSaid ? [true] : []);
});
