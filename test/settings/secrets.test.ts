import fc from 'fast-check';
import { Secrets, secretsOf } from '../../src/settings/secrets.js';

describe('apparent secrets', () => {
  const secrets = new Secrets();

  it.each<[text: string, masked: string]>([
    // User information.
    ['rtsp://admin:secret@cam/live', 'rtsp://***@cam/live'],
    ['rtsp://admin@cam/live', 'rtsp://***@cam/live'],
    ['rtsp://admin:p@ss#1/x?@192.168.1.20:554/live?a=b', 'rtsp://***@192.168.1.20:554/live?a=b'],
    ['rtsp://admin:p%40ss@cam/live', 'rtsp://***@cam/live'],
    ['rtsp://admin:my pass@cam/live', 'rtsp://***@cam/live'],
    ['rtsp://admin:"quoted"@cam/live', 'rtsp://***@cam/live'],
    ['rtsp://u:a://b@cam/live', 'rtsp://***@cam/live'],
    ['mqtt://u:p@broker:1883', 'mqtt://***@broker:1883'],
    ['postgres://u:p@db/lookout', 'postgres://***@db/lookout'],
    ['x-y.z+1://u:p@cam', 'x-y.z+1://***@cam'],
    ['u:p@192.168.1.20/live', '***@192.168.1.20/live'],
    ['cut off: rtsp://admin:secr', 'cut off: rtsp://***'],
    ['cut off: rtsp://admin:secr/et', 'cut off: rtsp://***/et'],
    ['http://hub/api?src=rtsp://u:p@cam/', 'http://hub/api?src=rtsp://***@cam/'],
    ['http://a:b@hub/api?src=rtsp://u:p@cam/', 'http://***@hub/api?src=rtsp://***@cam/'],
    // In arguments and in what ffmpeg prints.
    ['-rtsp_transport tcp -i rtsp://u:p@cam/a -map 0:v:0', '-rtsp_transport tcp -i rtsp://***@cam/a -map 0:v:0'],
    ["Input #0, rtsp, from 'rtsp://u:p@cam/a':", "Input #0, rtsp, from 'rtsp://***@cam/a':"],
    ['[in#0 @ 0x55d0] Error opening input rtsp://u:p@cam/a', '[in#0 @ 0x55d0] Error opening input rtsp://***@cam/a'],
    ['rtsp://u:p@cam/a: Connection refused [rtsp @ 0x5]', 'rtsp://***@cam/a: Connection refused [rtsp @ 0x5]'],
    ['["-i","rtsp://u:p@cam/a"]', '["-i","rtsp://***@cam/a"]'],
    ['two rtsp://a:b@c/d and rtsp://e:f@g/h', 'two rtsp://***@c/d and rtsp://***@g/h'],
    ['rtsp://cam/a\nmail me@home.org', 'rtsp://cam/a\nmail me@home.org'],
    // Paths that are keys.
    ['rtsps://10.0.0.1:7441/aBcDeFgHiJkLmNoP?enableSrtp', 'rtsps://10.0.0.1:7441/***?enableSrtp'],
    ['rtsp://10.0.0.1:8554/aBcDeFgHiJkLmNoP', 'rtsp://10.0.0.1:8554/aBcDeFgHiJkLmNoP'],
    // Queries and fields.
    ['http://cam/v?user=me&password=pw&x=1', 'http://cam/v?user=***&password=***&x=1'],
    ['http://cam/v?usr=me&pwd=pw&x=1', 'http://cam/v?usr=***&pwd=***&x=1'],
    ['http://cam/v?loginuse=me&loginpas=pw', 'http://cam/v?loginuse=***&loginpas=***'],
    ['rtsp://cam/user=me&pass=pw&channel=1', 'rtsp://cam/user=***&pass=***&channel=1'],
    ['http://cam/v?access_token=abc#x', 'http://cam/v?access_token=***'],
    ['http://x/?u=http%3A%2F%2Fcam%3Fpassword%3Dpw', 'http://x/?u=http%3A%2F%2Fcam%3Fpassword%3D***'],
    ['PASSWORD=pw', 'PASSWORD=***'],
    ['mqttPassword="p w"', 'mqttPassword="***"'],
    ['{"password":"a\\"b","x":1}', '{"password":"***","x":1}'],
    ["{ username: 'me', host: 'cam' }", "{ username: '***', host: 'cam' }"],
    ['{\\"password\\":\\"pw\\"}', '{\\"password\\":\\"***'],
    [
      '<wsse:Username>me</wsse:Username><wsse:Password Type="#D">x=</wsse:Password>',
      '<wsse:Username>***</wsse:Username><wsse:Password Type="#D">***</wsse:Password>',
    ],
    // Headers.
    ['Authorization: Basic dTpw next', 'Authorization: Basic *** next'],
    ['authorization: bearer abc.def', 'authorization: bearer ***'],
    ['Authorization: Digest username="me", response="0"\r\nCSeq: 2', 'Authorization: Digest ***\r\nCSeq: 2'],
    ['-headers "Authorization: Basic dTpw\\r\\n" -i x', '-headers "Authorization: Basic ***\\r\\n" -i x'],
    ['-headers "Authorization: Digest username=me\\r\\n" -i x', '-headers "Authorization: Digest ***\\r\\n" -i x'],
    ['{"authorization":"Basic dTpw"}', '{"authorization":"Basic ***"}'],
    ['sent Digest username="me", realm="r", response="0"', 'sent Digest ***'],
    ['response="0123456789abcdef0123456789abcdef"', 'response="***"'],
    ['Basic dTpw', 'Basic ***'],
    // What is no secret.
    ['rtsp://cam:554/live', 'rtsp://cam:554/live'],
    ['rtsp://[fe80::1]:554/live', 'rtsp://[fe80::1]:554/live'],
    ['[rtsp @ 0x55d0c0ffee] method DESCRIBE failed: 401', '[rtsp @ 0x55d0c0ffee] method DESCRIBE failed: 401'],
    ['Basic authentication failed', 'Basic authentication failed'],
    ['wrong user name or password: try again', 'wrong user name or password: try again'],
    ['file:///usr/lib/node_modules/@homebridge/x.js:1:2', 'file:///usr/lib/node_modules/@homebridge/x.js:1:2'],
    ['https://www.npmjs.com/package/@homebridge/x', 'https://www.npmjs.com/package/@homebridge/x'],
    ['at C:\\node_modules\\@homebridge\\x', 'at C:\\node_modules\\@homebridge\\x'],
    ['mail me@home.org at 12:30', 'mail me@home.org at 12:30'],
    ['keyint=50:bypass', 'keyint=50:bypass'],
    ['', ''],
  ])('%s', (text, masked) => {
    expect(secrets.mask(text)).toBe(masked);
    expect(secrets.mask(masked)).toBe(masked);
  });
});

describe('known secrets', () => {
  it.each<[secret: string, text: string, masked: string]>([
    ['hunter2', 'said hunter2.', 'said ***.'],
    ['hunter2', 'xhunter2x', 'x***x'],
    ['p@ss/1', 'p@ss/1 p%40ss%2F1 p%40ss%2f1 %70@ss/1 p%2540ss%252F1', '*** *** *** *** ***'],
    ['a"b\\c', 'a"b\\c a\\"b\\\\c', '*** ***'],
    ['grün%', 'grün% gr%C3%BCn%25 gr%c3%bcn%25 gr\\u00fcn%', '*** *** *** ***'],
    ['my pass', 'my pass my%20pass my+pass', '*** *** ***'],
    ['p%41ss', 'p%41ss p%2541ss', '*** ***'],
    ['🔑🔑', 'a%F0%9F%94%91%F0%9F%94%91b', 'a***b'],
    ['aaaa', 'aaaaaaaaaa', '***aa'],
    // Short ones.
    ['abc', 'abc abcd xabc (abc) abc1', '*** abcd xabc (***) abc1'],
    ['ab', 'ab and cab', 'ab and cab'],
    ['', 'nothing', 'nothing'],
    ['ab', 'rtsp://u:ab@cam ?password=ab', 'rtsp://***@cam ?password=***'],
    // What is left must not spell the secret.
    ['x***y', 'xx***yy', '***'],
    ['hunter2', 'hunhunter2ter2', 'hun***ter2'],
  ])('%s in %s', (secret, text, masked) => {
    expect(new Secrets([secret]).mask(text)).toBe(masked);
  });

  it('masks several, also where they overlap', () => {
    const secrets = new Secrets(['abcdef', 'defghi']);
    secrets.add('later');
    expect(secrets.mask('abcdefghi, later')).toBe('***, ***');
  });

  it('masks user names as words only', () => {
    const secrets = new Secrets();
    secrets.addWord('admin');
    expect(secrets.mask('admin, administrator')).toBe('***, administrator');
  });
});

describe('secrets of a configuration', () => {
  it.each<[what: string, raw: unknown, text: string, masked: string]>([
    ['a URL', { source: 'rtsp://someone:hunter2@cam/' }, 'someone hunter2', '*** ***'],
    ['an encoded URL', { source: 'rtsp://someone:p%40ss@cam/' }, 'p@ss p%40ss', '*** ***'],
    ['basic credentials', { source: 'rtsp://u:pw@cam/' }, `x ${btoa('u:pw')}`, 'x ***'],
    ['a hostile URL', { source: 'rtsp://u:p@ss#1/x?@10.0.0.5/' }, 'p@ss#1/x?', '***'],
    ['both readings of a doubtful URL', { source: 'rtsp://u:pass@word/x@home/' }, 'pass! pass@word/x!', '***! ***!'],
    ['a URL without scheme', { source: 'someone:hunter2@cam' }, 'someone hunter2', '*** ***'],
    ['a URL without host', { source: 'rtsp://u:hunter2@/' }, 'hunter2', '***'],
    ['an unknown scheme', { source: 'foo://u:hunter2@cam' }, 'hunter2', '***'],
    ['a URL in a URL', { source: 'http://hub/?src=rtsp://u:hunter2@cam' }, 'hunter2', '***'],
    ['a query', { source: 'http://cam/?user=someone&password=hunter%32' }, 'someone hunter2', '*** ***'],
    ['a path', { source: 'rtsp://cam/user=someone&password=hunter2&channel=1' }, 'hunter2', '***'],
    ['a path that is a key', { source: 'rtsps://10.0.0.1:7441/aBcDeFgH?x' }, 'aBcDeFgH', '***'],
    ['keys that tell', { mqtt: { username: 'someone', password: 'hunter2' } }, 'someone hunter2', '*** ***'],
    ['numbers', { password: 12345678 }, '12345678', '***'],
    ['any depth', [[[{ a: [{ url: 'mqtt://u:hunter2@h' }] }]]], 'hunter2', '***'],
    ['nothing', { name: 'Front door', source: '/clip.mp4' }, 'Front door /clip.mp4', 'Front door /clip.mp4'],
    ['no object', null, 'null', 'null'],
  ])('%s', (_, raw, text, masked) => {
    expect(secretsOf(raw).mask(text)).toBe(masked);
  });

  it('takes any JSON value, and circles', () => {
    fc.assert(fc.property(fc.jsonValue(), (raw) => void secretsOf(raw).mask('x')));
    const circle: unknown[] = ['rtsp://u:hunter2@cam'];
    circle.push(circle);
    expect(secretsOf(circle).mask('hunter2')).toBe('***');
  });
});

describe('any password', () => {
  const hostile = fc.string({
    unit: fc.constantFrom(...Array.from('@:#=%/?&;+ äß"\'\\{}()[]<>|^~`$!*,abcAB019.-_🔑')),
    minLength: 4,
    maxLength: 24,
  });
  const encodings: Record<string, (password: string) => string> = {
    raw: (password) => password,
    encoded: encodeURIComponent,
    'encoded throughout': (password) => Buffer.from(password).toString('hex').replace(/../g, '%$&'),
    twice: (password) => encodeURIComponent(encodeURIComponent(password)),
    json: (password) => JSON.stringify(password).slice(1, -1),
  };
  const surroundings: readonly (readonly [string, string])[] = [
    ['', ''],
    ['rtsp://admin:', '@192.168.1.20/live'],
    ["[in#0 @ 0x5] Error opening 'rtsp://admin:", "@192.168.1.20/live': 401"],
    ['-i rtsp://192.168.1.20/user=admin&password=', '&channel=1 -f nut'],
    ['{"password":"', '"}'],
    ['word', 'word'],
  ];

  it.each(Object.keys(encodings))('is gone, %s', (name) => {
    const encode = encodings[name] ?? String;
    fc.assert(
      fc.property(hostile, fc.constantFrom(...surroundings), (password, [before, after]) => {
        const secrets = new Secrets([password]);
        const masked = secrets.mask(before + encode(password) + after);
        for (const form of Object.values(encodings)) {
          if (!`${before}***${after}`.includes(form(password))) expect(masked).not.toContain(form(password));
        }
        expect(secrets.mask(masked)).toBe(masked);
      }),
      { numRuns: 1000 },
    );
  });

  it('is gone from URLs where it is not known', () => {
    const word = fc.string({
      unit: fc.constantFrom(...Array.from('@:#=%/?&;+äß"\'\\{}()[]<>|^~`$!*,abcAB019.-_')),
      minLength: 4,
    });
    fc.assert(
      fc.property(
        word.filter((password) => !password.includes('://')),
        (password) => {
          const masked = new Secrets().mask(`Opening rtsp://admin:${password}@192.168.1.20/live failed`);
          expect(masked).toBe('Opening rtsp://***@192.168.1.20/live failed');
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('time', () => {
  const secrets = new Secrets(['hunter2', 'p@ss word', 'aaaaaaaab', 'abc']);
  /** What masking a text costs the processor, ms: others may want it, too. */
  const workOf = (text: string): number => {
    const before = process.threadCpuUsage();
    secrets.mask(text);
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  };
  const million = (piece: string): string => piece.repeat(Math.ceil(1_000_000 / piece.length));

  it.each([
    'a',
    'aaaaaaaa',
    ' ',
    '@',
    ':',
    '/',
    '%',
    '%4',
    '%40',
    '%25',
    '\\',
    '\\u',
    '"',
    "'",
    '<',
    '=',
    '***',
    'a://',
    'a://b@',
    ' a://b:c ',
    'a://\n',
    '@ ',
    ' @ ',
    'a:b@',
    'a:',
    'x-y.z+',
    'password',
    'password=',
    'password="',
    '"password":"',
    'password : ',
    '<password ',
    '<password>',
    'key=',
    'authorization: ',
    'authorization:digest ',
    'authorization:   ',
    'basic ',
    'basic aaaa',
    'digest username',
    'response="',
    'hunter',
    'hunter2',
    'abc ',
  ])('is linear in a million of %j', (piece) => {
    // Ten times the text may take little more than ten times as long; a quadratic search takes a hundred times as long.
    const shorter = million(piece).slice(0, 100_000);
    expect(workOf(million(piece))).toBeLessThan(300 + 30 * workOf(shorter));
  });
});
