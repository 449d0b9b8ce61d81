import fc from 'fast-check';
import { parseChallenges } from '../../src/media/auth.js';
import * as answers from '../../src/onvif/answers.js';
import { matchesOf } from '../../src/onvif/probe.js';
import { answerOf, longestWaitOf } from '../../src/onvif/soap.js';
import { type Element, parseXml } from '../../src/onvif/xml.js';

const read = (xml: string): Element => {
  const element = parseXml(Buffer.from(xml));
  if (element === undefined) throw new Error(`This is no XML: ${xml}`);
  return element;
};

describe("a camera's answers", () => {
  it.each([
    [
      '<Hour>8</Hour><Minute>5</Minute><Second>9</Second>',
      '<Year>2026</Year><Month>9</Month><Day>17</Day>',
      '2026-09-17T08:05:09.000Z',
    ],
    [
      '<Hour>0</Hour><Minute>0</Minute><Second>0</Second>',
      '<Year>1970</Year><Month>1</Month><Day>1</Day>',
      '1970-01-01T00:00:00.000Z',
    ],
    ['<Hour>8</Hour>', '<Year>2026</Year>', undefined],
    ['<Hour>x</Hour><Minute>5</Minute><Second>9</Second>', '<Year>2026</Year><Month>9</Month><Day>17</Day>', undefined],
  ])('the clock is %s %s', (time, date, iso) => {
    const xml = `<R><SystemDateAndTime><UTCDateTime><Time>${time}</Time><Date>${date}</Date></UTCDateTime></SystemDateAndTime></R>`;
    const clock = answers.clockOf(read(xml));
    expect(clock === undefined ? undefined : new Date(clock).toISOString()).toBe(iso);
  });

  it('what it is, without what no log may hold', () => {
    const xml = '<R><Manufacturer> A\u0007cme </Manufacturer><Model/></R>';
    expect(answers.informationOf(read(xml))).toEqual({ maker: 'A cme', model: undefined, firmware: undefined });
    expect(answers.informationOf(undefined).maker).toBeUndefined();
  });

  it('services by either way', () => {
    const service = (name: string, url: string): string =>
      `<Service><Namespace>http://www.onvif.org/${name}/wsdl</Namespace><XAddr>${url}</XAddr></Service>`;
    const xml = `<R>${service('ver10/media', 'a')}${service('ver20/media', 'b')}${service('ver10/other', 'c')}</R>`;
    expect(answers.servicesOf(read(xml))).toEqual({ media: 'a', media2: 'b' });
    const events = (pull: string): Element =>
      read(
        `<R><Capabilities><Events><XAddr>e</XAddr>${pull}</Events><Media><XAddr>m</XAddr></Media></Capabilities></R>`,
      );
    expect(answers.capabilitiesOf(events(''))).toEqual({ media: 'm', events: 'e' });
    expect(answers.capabilitiesOf(events('<WSPullPointSupport>false</WSPullPointSupport>'))).toEqual({ media: 'm' });
  });

  it('no address that is longer than any', () => {
    const media = (url: string): Element =>
      read(`<R><Service><Namespace>/ver10/media/wsdl</Namespace><XAddr>${url}</XAddr></Service></R>`);
    expect(answers.servicesOf(media('a'.repeat(2_048))).media).toHaveLength(2_048);
    expect(answers.servicesOf(media('a'.repeat(2_049)))).toEqual({});
  });

  const encoder = (encoding: string, width = '1920'): string =>
    `<VideoEncoderConfiguration><Encoding>${encoding}</Encoding><Resolution><Width>${width}</Width><Height>1080</Height></Resolution></VideoEncoderConfiguration>`;

  it.each([
    [encoder('H264'), { codec: 'h264', width: 1920, height: 1080 }],
    [encoder('H.265'), { codec: 'hevc', width: 1920, height: 1080 }],
    [encoder('JPEG'), { codec: 'jpeg', width: 1920, height: 1080 }],
    [encoder('MPEG4'), { codec: 'other', width: 1920, height: 1080 }],
    [encoder('constructor'), { codec: 'other', width: 1920, height: 1080 }],
    [encoder('H264', '-1'), { codec: 'h264', width: 0, height: 1080 }],
    [encoder('H264', '1e99'), { codec: 'h264', width: 0, height: 1080 }],
    ['', undefined],
  ])('a profile of %s', (xml, video) => {
    const [found] = answers.profilesOf(read(`<R><Profiles token="a"><Name>A</Name>${xml}</Profiles></R>`), 'media');
    expect(found?.profile).toEqual({ token: 'a', name: 'A', video, audio: false });
  });

  it('profiles without a token are none', () => {
    expect(answers.profilesOf(read('<R><Profiles/><Profiles token=""/></R>'), 'media')).toEqual([]);
  });

  it('profiles of both media services, where only the second knows HEVC', () => {
    const found = (
      token: string,
      codec: 'h264' | 'hevc' | undefined,
      by: 'media' | 'media2',
    ): answers.FoundProfile => ({
      profile: { token, name: token, video: codec && { codec, width: 1, height: 1 }, audio: false },
      ...{ source: by === 'media2' ? token : undefined, configuration: undefined, moves: false, by },
    });
    const first = [found('a', 'h264', 'media'), found('b', 'h264', 'media'), found('c', undefined, 'media')];
    const second = [found('d', 'hevc', 'media2'), found('b', 'hevc', 'media2'), found('a', 'h264', 'media2')];
    const merged = answers.mergeProfiles(first, [...second, found('c', 'h264', 'media2')]);
    expect(merged.map(({ profile: { token, video }, by }) => `${token} ${video?.codec ?? ''} ${by}`)).toEqual([
      'a h264 media',
      'b hevc media2',
      'c h264 media2',
      'd hevc media2',
    ]);
    expect(merged.map(({ source }) => source)).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each([
    ['2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z', 60_000],
    ['2026-01-01T00:00:00', '2026-01-01T00:00:10.5', 10_500],
    ['2026-01-01T08:00:00+08:00', '2026-01-01T00:00:30Z', 30_000],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', undefined],
    ['2026-01-01T00:00:00Z', '2036-01-01T00:00:00Z', undefined],
    ['now', 'PT60S', undefined],
  ])('from %s until %s', (from, until, lease) => {
    const xml = `<R><CurrentTime>${from}</CurrentTime><TerminationTime>${until}</TerminationTime></R>`;
    expect(answers.leaseOf(read(xml))).toBe(lease);
  });

  it.each([
    ['tns1:RuleEngine/CellMotionDetector/Motion', 'RuleEngine/CellMotionDetector/Motion'],
    ['tns1:Device/tns1:Trigger/tns1:DigitalInput', 'Device/Trigger/DigitalInput'],
    [' tns1:VideoSource/MotionAlarm/ ', 'VideoSource/MotionAlarm'],
  ])('a message of %s', (topic, plain) => {
    const xml =
      `<R><NotificationMessage><Topic>${topic}</Topic><Message><Message UtcTime="2026-01-01T00:00:00Z" PropertyOperation="Initialized">` +
      '<Source><SimpleItem Name="Source" Value="1"/></Source><Data><SimpleItem Value="true" Name="State"/><SimpleItem/></Data>' +
      '</Message></Message></NotificationMessage><NotificationMessage/></R>';
    expect(answers.noticesOf(read(xml))).toEqual([
      {
        ...{ topic: plain, operation: 'Initialized', time: Date.UTC(2026, 0) },
        source: [{ name: 'Source', value: '1' }],
        data: [{ name: 'State', value: 'true' }],
      },
    ]);
  });

  it.each([
    [
      '<Code><Value>s:Sender</Value><Subcode><Value>ter:NotAuthorized</Value></Subcode></Code><Reason><Text>No\n!</Text></Reason>',
      ['Sender', 'NotAuthorized'],
      'No !',
    ],
    ['<faultcode>SOAP-ENV:Client</faultcode><faultstring>Bad</faultstring>', ['Client'], 'Bad'],
    ['', [], ''],
  ])('a fault of %s', (xml, codes, reason) => {
    const answer = answerOf(read(`<Envelope><Body><Fault>${xml}</Fault></Body></Envelope>`));
    expect(answer).toMatchObject({ kind: 'fault', fault: { codes, reason } });
  });

  it.each([
    ['PT10S', 10_000],
    ['PT1M', 60_000],
    ['PT1M30.5S', 90_000],
    ['PT0S', undefined],
    ['10', undefined],
  ])('the longest wait is %s', (said, wait) => {
    const detail = read(
      `<Detail><PullMessagesFaultResponse><MaxTimeout>${said}</MaxTimeout></PullMessagesFaultResponse></Detail>`,
    );
    expect(longestWaitOf({ codes: [], reason: '', detail })).toBe(wait);
  });

  it.each([undefined, read('<html/>'), read('<Envelope/>'), read('<Envelope><Body/></Envelope>')])(
    'no answer',
    (document) => {
      expect(answerOf(document)).toEqual({ kind: 'none' });
    },
  );
});

describe('an answer to a probe', () => {
  const match = (inner: string): Buffer =>
    Buffer.from(`<s:Envelope xmlns:s="s"><s:Body><ProbeMatches>${inner}</ProbeMatches></s:Body></s:Envelope>`);
  const camera = (id: string, urls: string, types = 'dn:NetworkVideoTransmitter'): string =>
    `<ProbeMatch><EndpointReference><Address>${id}</Address></EndpointReference><Types>${types}</Types>` +
    `<Scopes>onvif://www.onvif.org/name/Back%20yard onvif://www.onvif.org/hardware/X%ZZ</Scopes><XAddrs>${urls}</XAddrs></ProbeMatch>`;

  it.each([
    ['http://10.0.0.9/onvif/device_service', { port: undefined, tls: false }],
    ['http://169.254.1.1:81/x http://10.0.0.9:8000/x', { port: 8000, tls: false, path: '/x' }],
    ['https://192.168.1.1/x http://192.168.1.1:8080/x', { port: 8080, tls: false, path: '/x' }],
    ['https://10.0.0.9:8443/x?y=1', { port: 8443, tls: true, path: '/x?y=1' }],
    ['http://10.0.0.9:2020', { port: 2020, tls: false }],
  ])('names %s', (urls, address) => {
    expect(matchesOf(match(camera('urn:uuid:1', urls)), '10.0.0.9')).toEqual([
      {
        ...{ id: 'urn:uuid:1', name: 'Back yard', model: 'X%ZZ' },
        address: { host: '10.0.0.9', username: undefined, password: undefined, ...address },
      },
    ]);
  });

  it('is of no camera where it is of a printer, or has no address', () => {
    const printer = camera('urn:uuid:1', 'http://10.0.0.9:5357/x', 'dp:Device pub:Computer').replace(
      /<Scopes>.*<\/Scopes>/,
      '',
    );
    expect(matchesOf(match(printer), '10.0.0.9')).toEqual([]);
    expect(matchesOf(match(camera('urn:uuid:1', 'ftp://10.0.0.9')), '10.0.0.9')).toEqual([]);
    expect(matchesOf(match(camera('urn:uuid:1', '')), '10.0.0.9')).toEqual([]);
  });

  it('without a reference is one of its address', () => {
    expect(matchesOf(match(camera('', 'http://10.0.0.9:81/x')), '10.0.0.9')).toMatchObject([
      { id: 'http://10.0.0.9:81' },
    ]);
  });
});

describe('hostile answers', () => {
  const NAMES = [
    ...[
      'Envelope',
      'Body',
      'Fault',
      'Code',
      'Subcode',
      'Value',
      'Reason',
      'Text',
      'Detail',
      'MaxTimeout',
      'R',
      'UTCDateTime',
    ],
    ...[
      'Time',
      'Date',
      'Hour',
      'Year',
      'Service',
      'Namespace',
      'XAddr',
      'Capabilities',
      'Events',
      'Profiles',
      'Name',
      'Preset',
    ],
    ...[
      'Configurations',
      'VideoEncoder',
      'Encoding',
      'Resolution',
      'Width',
      'SubscriptionReference',
      'Address',
      'Scopes',
    ],
    ...[
      'ReferenceParameters',
      'CurrentTime',
      'TerminationTime',
      'NotificationMessage',
      'Topic',
      'Message',
      'Source',
      'Data',
    ],
    ...[
      'SimpleItem',
      'ProbeMatches',
      'ProbeMatch',
      'XAddrs',
      'Types',
      'IrCutFilter',
      'ImagingSettings',
      'AudioOutputs',
      '__proto__',
    ],
  ];
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'PT10S',
      '2026-01-01T00:00:00Z',
      'http://[',
      'H264',
      'ON',
      '1',
      '99999',
      'tns1:A/B',
      'onvif://www.onvif.org/name/%',
    ),
  );
  const { element } = fc.letrec<{ element: Element }>((tie) => ({
    element: fc.record({
      name: fc.constantFrom(...NAMES),
      uri: value,
      attributes: fc
        .dictionary(fc.constantFrom('token', 'Name', 'Value', 'UtcTime', 'PropertyOperation'), value)
        .map((said) => new Map(Object.entries(said))),
      children: fc.oneof({ depthSize: 'small' }, fc.constant([]), fc.array(tie('element'), { maxLength: 4 })),
      text: value,
    }),
  }));

  const readAll = (said: Element): void => {
    answerOf(said);
    longestWaitOf({ codes: [], reason: '', detail: said });
    answers.clockOf(said);
    answers.informationOf(said);
    answers.servicesOf(said);
    answers.capabilitiesOf(said);
    answers.mergeProfiles(answers.profilesOf(said, 'media'), answers.profilesOf(said, 'media2'));
    answers.streamUriOf(said);
    answers.irCutFilterOf(said);
    answers.presetsOf(said);
    answers.hasOutputs(said);
    answers.subscriptionOf(said);
    answers.leaseOf(said);
    answers.noticesOf(said);
  };

  it('are read without an error, whatever is in them', () => {
    fc.assert(fc.property(element, readAll), { numRuns: 500 });
  });

  it('are read without an error, whatever bytes they are', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('<', '>', '&', ';', '<!DOCTYPE', '<![CDATA[', ']]>', '<?', '/>', '="', '<a:b', '</'),
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 2_000 }),
      fc.array(piece, { maxLength: 60 }).map((pieces) => Buffer.from(pieces.join(''))),
    );
    fc.assert(
      fc.property(bytes, (bytes) => {
        const said = parseXml(bytes);
        if (said !== undefined) readAll(said);
        matchesOf(bytes, '10.0.0.9');
        parseChallenges([Buffer.from(bytes).toString('latin1')]);
      }),
      { numRuns: 500 },
    );
  });

  const MEBIBYTE = 1024 * 1024;
  const long = (piece: string, before = '', after = ''): string =>
    before + piece.repeat(Math.floor((MEBIBYTE - before.length - after.length) / piece.length)) + after;

  // None asserts a time: what is read in quadratic time takes minutes.
  it.each([
    { name: 'text', xml: long('a', '<a>', '</a>'), isRead: true },
    { name: 'elements', xml: long('<a>b</a>', '<a>', '</a>'), isRead: false },
    { name: 'depth', xml: long('<a>'), isRead: false },
    {
      name: 'attributes',
      xml: `<a ${Array.from({ length: 90_000 }, (_, index) => `a${index}=""`).join(' ')}/>`,
      isRead: false,
    },
    { name: 'ampersands', xml: long('&', '<a>', '</a>'), isRead: true },
    { name: 'entities', xml: long('&amp;', '<a>', '</a>'), isRead: true },
    { name: 'begun entities', xml: long('&a', '<a>', '</a>'), isRead: true },
    { name: 'open brackets', xml: long('<'), isRead: false },
    { name: 'closed elements', xml: long('</a>', '<a>'), isRead: false },
    { name: 'declarations', xml: long('<!ENTITY a "b">', '<!DOCTYPE a [', ']><a/>'), isRead: true },
    { name: 'prefixes', xml: long('<a:b xmlns:a="c"/>', '<a>', '</a>'), isRead: false },
    { name: 'spaces', xml: long(' ', '<a>', '</a>'), isRead: true },
    { name: 'line ends', xml: long('\r', '<a>', '</a>'), isRead: true },
    { name: 'faults', xml: long('\u0001', '<a>', '</a>'), isRead: false },
  ])('of 1 MiB are read or refused: $name', ({ xml, isRead }) => {
    const said = parseXml(Buffer.from(xml));
    if (said !== undefined) readAll(said);
    expect(said !== undefined).toBe(isRead);
  });

  it.each([
    ['a topic', 'a:'.repeat(500_000)],
    ['scopes', ' '.repeat(60_000)],
  ])('in one word are none: %s', (_, word) => {
    const xml = `<R><NotificationMessage><Topic>${word.replaceAll('"', '')}</Topic><Message><Message/></Message></NotificationMessage></R>`;
    readAll(read(xml));
    expect(answers.noticesOf(read(xml))).toEqual([]);
  });
});
