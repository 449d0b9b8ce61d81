import fc from 'fast-check';
import { FIELDS, isRefused, toldOf } from '../../src/camera/reports/told.js';
import { addressOf, type Asked, type Broken, calledBy, deniedOf, isDenied } from '../../src/http/request.js';

const TOKEN = 'correct-horse-battery';
const TOO_LONG = String(1024 * 1024 + 1);

it.each<[asked: Asked, result: object]>([
  [
    { method: 'GET', url: `/door/ring?token=${TOKEN}` },
    { camera: 'door', says: 'ring', fields: {} },
  ],
  [
    {
      method: 'GET',
      url: `/door/person?token=${TOKEN}&state=off&confidence=0.5&box=0,0.1,0.5,0.5&region=Porch&at=5&id=x&time=now`,
    },
    {
      ...{ camera: 'door', says: 'person' },
      fields: { state: 'OFF', confidence: 0.5, box: [0, 0.1, 0.5, 0.5], region: 'Porch', at: 5, id: 'x' },
    },
  ],
  [
    { method: 'GET', url: `/door/motion?token=${TOKEN}&confidence=&box=1,2,3,4,5,6&at=now&__proto__=x` },
    { fields: { confidence: Number.NaN, box: [1, 2, 3, 4, 5], at: Number.NaN } },
  ],
  [
    { method: 'POST', url: '/Door_1/motion', authorization: `bearer ${TOKEN}`, length: '1048576' },
    { camera: 'Door_1', says: 'motion' },
  ],
  [
    { method: 'GET', url: '/door/ring' },
    { status: 401, kind: 'unauthorised' },
  ],
  [{ method: 'GET', url: `/door/ring?token=${TOKEN}x` }, { status: 401 }],
  [{ method: 'GET', url: `/door/ring?token=${TOKEN}`, authorization: 'Bearer no' }, { status: 401 }],
  [{ method: 'POST', url: '/door/ring', length: TOO_LONG }, { status: 401 }],
  [
    { method: 'PUT', url: `/door/ring?token=${TOKEN}` },
    { status: 405, kind: 'malformed' },
  ],
  [
    { method: 'GET', url: `/door/open?token=${TOKEN}` },
    { status: 404, kind: 'malformed' },
  ],
  [{ method: 'GET', url: `/../door/ring/x?token=${TOKEN}` }, { status: 404 }],
  [{ method: 'GET', url: 'http://[', authorization: `Bearer ${TOKEN}` }, { status: 404 }],
  [
    { method: 'POST', url: `/door/ring?token=${TOKEN}`, length: TOO_LONG },
    { status: 413, kind: 'oversized' },
  ],
  [{ method: 'GET', url: 'http://[' }, { status: 401 }],
  [{}, { status: 401 }],
])('%j: %j', (asked, result) => {
  expect(calledBy(asked, TOKEN)).toMatchObject(result);
});

it('lets nobody in without the token, whatever is asked', () => {
  fc.assert(
    fc.property(fc.string(), fc.webPath(), fc.string(), fc.string(), (method, url, authorization, length) => {
      expect(calledBy({ method, url, authorization, length }, TOKEN)).toMatchObject({ status: 401 });
    }),
  );
});

it('takes whatever comes with the token', () => {
  const url = fc
    .array(fc.oneof(fc.constantFrom('door', 'ring', 'motion', '..', '%2f', '[', ':', '//'), fc.string()), {
      maxLength: 5,
    })
    .map((parts) => `/${parts.join('/')}`);
  const query = fc.dictionary(
    fc.constantFrom(...FIELDS, 'says', '__proto__', 'more'),
    fc.oneof(fc.string(), fc.double().map(String)),
  );
  const whole = fc
    .tuple(fc.oneof(url, fc.constant('/door/person')), query)
    .map(([path, fields]) => `${path}?${new URLSearchParams(fields).toString()}`);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.constant('GET')), whole, fc.string(), (method, path, length) => {
      const called = calledBy({ method, url: path, authorization: `Bearer ${TOKEN}`, length }, TOKEN);
      if (isDenied(called)) {
        expect(called.reason).not.toContain(TOKEN);
        return;
      }
      expect(called.camera).toMatch(/^[\w-]{1,64}$/);
      const told = toldOf({ ...called.fields, says: called.says }, 0);
      if (!isRefused(told)) expect(told.report.says).toBe(called.says);
    }),
  );
});

it.each<[broken: Broken, result: object | undefined]>([
  [
    { code: 'HPE_INVALID_METHOD', first: 0x47 },
    { status: 400, kind: 'malformed', reason: expect.stringContaining('no HTTP') as string },
  ],
  [
    { code: 'HPE_INVALID_METHOD', first: 0x16 },
    { status: 400, reason: expect.stringContaining('http://') as string },
  ],
  [
    { code: 'HPE_HEADER_OVERFLOW', first: 0x47 },
    { status: 431, kind: 'oversized' },
  ],
  [
    { code: 'ERR_HTTP_REQUEST_TIMEOUT', first: undefined },
    { status: 408, kind: 'malformed' },
  ],
  [{ code: 'ECONNRESET', first: undefined }, undefined],
  [{ code: '', first: undefined }, undefined],
])('%j: %j', (broken, result) => {
  if (result === undefined) expect(deniedOf(broken)).toBeUndefined();
  else expect(deniedOf(broken)).toMatchObject(result);
});

it.each([
  ['::ffff:192.168.1.20', '192.168.1.20'],
  ['fe80::1', 'fe80::1'],
  [undefined, 'somebody who is gone'],
])('%s is %s', (remote, address) => {
  expect(addressOf(remote)).toBe(address);
});
