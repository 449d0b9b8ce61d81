import { reachable, reachableStream } from '../../src/onvif/addresses.js';
import type { OnvifAddress } from '../../src/onvif/device.js';
import { isDue, pauseAfter, pauseBeforeNext, shorterWait, waitWithin } from '../../src/onvif/pull-plan.js';
import { Session } from '../../src/onvif/session.js';
import { usernameToken } from '../../src/onvif/soap.js';
import { escapeXml, parseXml, XmlReader } from '../../src/onvif/xml.js';

const REACHED = new URL('http://192.168.1.20:8000/onvif/device_service');

describe('where a service is', () => {
  it.each([
    ['http://192.168.1.20:8000/onvif/media', 'http://192.168.1.20:8000/onvif/media'],
    ['http://192.168.1.20:8899/onvif/media?a=1', 'http://192.168.1.20:8899/onvif/media?a=1'],
    ['http://192.168.1.20/onvif/media', 'http://192.168.1.20/onvif/media'],
    ['http://0.0.0.0/onvif/media', 'http://192.168.1.20:8000/onvif/media'],
    ['http://10.0.0.9:80/onvif/media', 'http://192.168.1.20:8000/onvif/media'],
    ['https://192.168.1.20/onvif/media', 'http://192.168.1.20:8000/onvif/media'],
    ['http://user:secret@10.0.0.9/onvif/media#x', 'http://192.168.1.20:8000/onvif/media'],
    ['/onvif/media', 'http://192.168.1.20:8000/onvif/media'],
    [' http://10.0.0.9/onvif/media\n', 'http://192.168.1.20:8000/onvif/media'],
    ['file:///etc/passwd', undefined],
    ['http://[', undefined],
  ])('%s is %s', (named, url) => {
    expect(reachable(named, REACHED)?.href).toBe(url);
  });

  it.each([
    ['rtsp://192.168.1.20:554/1', 'rtsp://192.168.1.20:554/1'],
    [
      'rtsp://10.0.0.9/Streaming/Channels/101?transportmode=unicast&profile=1',
      'rtsp://192.168.1.20/Streaming/Channels/101?transportmode=unicast&profile=1',
    ],
    ['rtsp://user:p@ss@10.0.0.9:8554/1', 'rtsp://192.168.1.20:8554/1'],
    ['RTSPS://[fe80::1]:322/1', 'rtsps://192.168.1.20:322/1'],
    ['rtsp://[fe80::1]/1', 'rtsp://192.168.1.20/1'],
    ['rtsp://10.0.0.9:0/1', 'rtsp://192.168.1.20/1'],
    ['rtsp://10.0.0.9?x=1', 'rtsp://192.168.1.20/?x=1'],
    ['rtsp://10.0.0.9:99999/1', undefined],
    ['http://10.0.0.9/1', undefined],
    ['rtsp://10.0.0.9/a b', undefined],
    ['', undefined],
  ])('the stream %s is %s', (named, url) => {
    expect(reachableStream(named, REACHED)).toBe(url);
  });
});

describe('whom a session asks', () => {
  const asked = async (address: Partial<OnvifAddress>): Promise<string[]> => {
    const requests: string[] = [];
    const session = new Session({
      address: { host: 'cam', port: undefined, tls: false, username: undefined, password: undefined, ...address },
      exchange: ({ url, host }) => {
        requests.push(`${host} ${url.href}`);
        return Promise.resolve({
          status: 200,
          challenges: [],
          location: undefined,
          date: undefined,
          document: undefined,
        });
      },
      ...{ wallclock: () => 0, timeout: 1, signal: new AbortController().signal },
    });
    await session.readClock();
    return requests;
  };

  it.each<[address: Partial<OnvifAddress>, request: string]>([
    [{}, 'cam http://cam/onvif/device_service'],
    [{ port: 2020, path: '/device?x=1' }, 'cam http://cam:2020/device?x=1'],
    [{ tls: true, port: 443 }, 'cam https://cam/onvif/device_service'],
    [{ host: '::1', port: 8000 }, '::1 http://[::1]:8000/onvif/device_service'],
    [{ host: 'fe80::1%eth0' }, 'fe80::1%eth0 http://[fe80::1]/onvif/device_service'],
  ])('%j', async (address, request) => {
    expect(await asked(address)).toEqual([request]);
  });

  it.each(['', 'a/b', 'a@b', 'a?b', 'a#b', 'a b', 'a\\b', '[::1', '::x', 'a:1'])('is nobody at %j', async (host) => {
    await expect(asked({ host })).rejects.toMatchObject({ fault: 'absent' });
  });
});

describe('when events are pulled', () => {
  it.each([
    { messages: 0, took: 15_000, idle: 3, next: { pause: 0, idle: 0 } },
    { messages: 0, took: 5, idle: 0, next: { pause: 100, idle: 1 } },
    { messages: 0, took: 5, idle: 2, next: { pause: 395, idle: 3 } },
    { messages: 0, took: 5, idle: 16, next: { pause: 995, idle: 16 } },
    { messages: 3, took: 5, idle: 9, next: { pause: 95, idle: 0 } },
    { messages: 3, took: 700, idle: 0, next: { pause: 0, idle: 0 } },
  ])('pauses: %j', ({ messages, took, idle, next }) => {
    expect(pauseAfter(messages, took, idle)).toEqual(next);
  });

  it('waits within the lease and renews it in time', () => {
    expect([60_000, 600_000, 10_000].map((lease) => waitWithin(20_000, lease))).toEqual([15_000, 20_000, 2_500]);
    expect([29_999, 30_000].map((left) => isDue(left, 0, 20_000, 60_000))).toEqual([true, false]);
    expect([4_999, 5_000].map((left) => isDue(left, 0, 20_000, 10_000))).toEqual([true, false]);
  });

  it('waits shorter where the camera wants that', () => {
    expect(shorterWait(20_000, 10_000, true)).toBe(10_000);
    expect(shorterWait(20_000, 30_000, false)).toBeUndefined();
    expect(shorterWait(20_000, undefined, false)).toBe(5_000);
    expect(shorterWait(20_000, undefined, true)).toBeUndefined();
    expect(shorterWait(5_000, undefined, false)).toBeUndefined();
    expect([1, 2, 3, 4].map((failures) => pauseBeforeNext(failures, undefined))).toEqual([0, 1_000, 2_000, 4_000]);
    expect([9_999, 10_000].map((age) => pauseBeforeNext(1, age))).toEqual([1_000, 0]);
  });
});

describe('a login', () => {
  it('is the digest of the example in ONVIF’s programmer’s guide', () => {
    const nonce = Buffer.from('LKqI6G/AikKCQrN0zqZFlg==', 'base64');
    const created = Date.parse('2010-09-16T07:50:45.678Z');
    const token = usernameToken({ username: 'user', password: 'userpassword' }, created, nonce);
    expect(token).toContain('<Created xmlns="http://docs.oasis-open.org/wss/2004/01/');
    expect(token).toContain('>2010-09-16T07:50:45Z<');
    expect(token).toContain('#PasswordDigest">tuOSpGlFlIXsozq4HFNeeGeFLEI=<');
    expect(token).not.toContain('userpassword');
  });

  it.each([Number.NaN, 1e20, -1e15])('has a time of any clock: %d', (created) => {
    expect(usernameToken({ username: 'a<b', password: '' }, created, Buffer.alloc(16))).toContain('<Username>a&lt;b<');
  });
});

describe('XML', () => {
  const text = (xml: string): string | undefined => parseXml(Buffer.from(xml))?.text;

  it.each([
    ['<a>1</a>', '1'],
    ['\n <?xml version="1.0"?><a><![CDATA[<1>]]></a>', '<1>'],
    ['<x:a>Gate & drive</x:a>', 'Gate & drive'],
    ['<a>&amp;&#65;</a>', '&A'],
    ['<a>rtsp://h/?a=1&b=2;c</a>', 'rtsp://h/?a=1&b=2;c'],
    ['<a><![CDATA[a & b]]></a>', 'a & b'],
    ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', '&b;'],
    ['<a>1</a>rest <', '1'],
    ['<a>1', undefined],
    ['<a', undefined],
    ['', undefined],
    ['{}', undefined],
  ])('%s', (xml, read) => {
    expect(text(xml)).toBe(read);
  });

  it('is the same in any pieces', () => {
    const whole = Buffer.from('<a>A & é&lt;&#x41;&</a>');
    for (let cut = 0; cut <= whole.length; cut++) {
      const reader = new XmlReader();
      reader.write(whole.subarray(0, cut));
      reader.write(whole.subarray(cut));
      expect(reader.root?.text).toBe('A & é<A&');
    }
  });

  it('is bounded in depth, elements and attributes', () => {
    expect(text(`${'<a>'.repeat(64)}${'</a>'.repeat(64)}`)).toBe('');
    expect(text(`${'<a>'.repeat(65)}${'</a>'.repeat(65)}`)).toBeUndefined();
    const many = (count: number): string =>
      `<a ${Array.from({ length: count }, (_, index) => `b${index}=""`).join(' ')}/>`;
    expect(text(`<a>${'<b/>'.repeat(9_999)}</a>`)).toBe('');
    expect(text(`<a>${'<b/>'.repeat(10_000)}</a>`)).toBeUndefined();
    expect(text(many(256))).toBe('');
    expect(text(many(257))).toBeUndefined();
  });

  it('is written so that it is read again', () => {
    const odd = '<&>"\' \u0000\ud800é';
    expect(parseXml(Buffer.from(`<a b="${escapeXml(odd)}"/>`))?.attributes.get('b')).toBe('<&>"\' \ufffdé');
  });
});
