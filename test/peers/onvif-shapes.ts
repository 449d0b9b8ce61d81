import type { LoginWay } from './onvif-login.js';

/** What cameras see, by the words of the plugin. */
export type Said = 'motion' | 'person' | 'vehicle' | 'animal' | 'package' | 'line' | 'ring' | 'tamper';

export interface SaidEvent {
  /** With prefixes. */
  readonly topic: string;
  readonly source: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
  readonly operation?: 'Initialized' | 'Changed' | 'Deleted' | undefined;
  /** Default: the camera's time. */
  readonly time?: string;
}

export interface Place {
  /** What the camera calls itself: `http://127.0.0.1:8000`. */
  readonly origin: string;
  readonly rtsp: { readonly main: string; readonly sub: string };
  readonly filter: string;
}

/** How one maker's cameras speak. Written after their recorded answers, as short as they may be. */
export interface Shape {
  readonly logins: readonly LoginWay[];
  readonly envelope: (body: string, header?: string) => string;
  /** The answers that need no state, by request; what is not here is refused. */
  readonly answers: Readonly<Record<string, (place: Place) => string>>;
  readonly pullPoint: (place: Place, id: number) => string;
  readonly pulls: { readonly renews: boolean; readonly byParameter: boolean };
  readonly events: Readonly<Partial<Record<Said, (on: boolean) => SaidEvent>>>;
  readonly notice: (event: SaidEvent, time: string) => string;
}

const NAMESPACES =
  'xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" ' +
  'xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" ' +
  'xmlns:tev="http://www.onvif.org/ver10/events/wsdl" xmlns:timg="http://www.onvif.org/ver20/imaging/wsdl" ' +
  'xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl" xmlns:ter="http://www.onvif.org/ver10/error" ' +
  'xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" xmlns:tns1="http://www.onvif.org/ver10/topics"';

const SOAP = 'http://www.w3.org/2003/05/soap-envelope';

export const envelope =
  (prefix: string, addressing: string, gap = '') =>
  (body: string, header = ''): string =>
    `<?xml version="1.0" encoding="UTF-8"?>${gap}<${prefix}:Envelope xmlns:${prefix}="${SOAP}" ` +
    `xmlns:${addressing}="http://www.w3.org/2005/08/addressing" ${NAMESPACES}>` +
    `<${prefix}:Header>${header}</${prefix}:Header>${gap}<${prefix}:Body>${body}</${prefix}:Body>${gap}</${prefix}:Envelope>${gap}`;

export const information =
  (maker: string, model: string, firmware: string, gap = '') =>
  (): string =>
    `<tds:GetDeviceInformationResponse><tds:Manufacturer>${maker}</tds:Manufacturer>${gap}` +
    `<tds:Model>${model}</tds:Model>${gap}<tds:FirmwareVersion>${firmware}</tds:FirmwareVersion>${gap}` +
    `<tds:SerialNumber>000000</tds:SerialNumber><tds:HardwareId>88</tds:HardwareId></tds:GetDeviceInformationResponse>`;

export const services =
  (...offered: readonly (readonly [namespace: string, path: string])[]) =>
  ({ origin }: Place): string =>
    `<tds:GetServicesResponse>${offered
      .map(
        ([namespace, path]) =>
          `<tds:Service><tds:Namespace>http://www.onvif.org/${namespace}/wsdl</tds:Namespace>` +
          `<tds:XAddr>${origin}${path}</tds:XAddr>` +
          '<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>',
      )
      .join('\n')}</tds:GetServicesResponse>`;

export const capabilities =
  (offered: Readonly<Record<string, string>>) =>
  ({ origin }: Place): string =>
    `<tds:GetCapabilitiesResponse><tds:Capabilities>${Object.entries(offered)
      .map(([name, path]) => {
        const pull = name === 'Events' ? '<tt:WSPullPointSupport>true</tt:WSPullPointSupport>' : '';
        return `<tt:${name}><tt:XAddr>${origin}${path}</tt:XAddr>${pull}</tt:${name}>`;
      })
      .join('')}</tds:Capabilities></tds:GetCapabilitiesResponse>`;

interface ProfileShape {
  readonly token: string;
  readonly name: string;
  readonly source: string;
  readonly encoding: string;
  readonly size: readonly [width: number, height: number];
  readonly moves?: boolean;
  /** The token of its video source configuration; default: one for all. */
  readonly configuration?: string;
}

const resolution = (width: number, height: number): string =>
  `<tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:Resolution>`;

export const profiles =
  (...offered: readonly ProfileShape[]) =>
  (): string =>
    `<trt:GetProfilesResponse>${offered
      .map(
        ({ token, name, source, encoding, size: [width, height], moves = false, configuration = 'VideoSourceToken' }) =>
          `<trt:Profiles token="${token}" fixed="true"><tt:Name>${name}</tt:Name>` +
          `<tt:VideoSourceConfiguration token="${configuration}"><tt:Name>VideoSourceConfig</tt:Name>` +
          `<tt:UseCount>2</tt:UseCount><tt:SourceToken>${source}</tt:SourceToken>` +
          `<tt:Bounds x="0" y="0" width="1920" height="1080"/></tt:VideoSourceConfiguration>` +
          `<tt:AudioEncoderConfiguration token="A"><tt:Encoding>G711</tt:Encoding></tt:AudioEncoderConfiguration>` +
          `<tt:VideoEncoderConfiguration token="E_${token}"><tt:Name>VideoEncoder</tt:Name><tt:UseCount>1</tt:UseCount>` +
          `<tt:Encoding>${encoding}</tt:Encoding>${resolution(width, height)}<tt:Quality>3.000000</tt:Quality>` +
          `</tt:VideoEncoderConfiguration>` +
          (moves
            ? '<tt:PTZConfiguration token="PTZToken"><tt:NodeToken>PTZNODE</tt:NodeToken></tt:PTZConfiguration>'
            : '') +
          `</trt:Profiles>`,
      )
      .join('\n')}</trt:GetProfilesResponse>`;

export const profiles2 =
  (...offered: readonly ProfileShape[]) =>
  (): string =>
    `<tr2:GetProfilesResponse>${offered
      .map(
        ({ token, name, source, encoding, size: [width, height] }) =>
          `<tr2:Profiles token="${token}" fixed="true"><tr2:Name>${name}</tr2:Name><tr2:Configurations>` +
          `<tr2:VideoSource token="S"><tt:Name>S</tt:Name><tt:SourceToken>${source}</tt:SourceToken></tr2:VideoSource>` +
          `<tr2:VideoEncoder token="E_${token}" GovLength="32" Profile="Main"><tt:Name>E</tt:Name>` +
          `<tt:Encoding>${encoding}</tt:Encoding>${resolution(width, height)}</tr2:VideoEncoder>` +
          `</tr2:Configurations></tr2:Profiles>`,
      )
      .join('')}</tr2:GetProfilesResponse>`;

export const streamUri =
  (which: 'main' | 'sub') =>
  ({ rtsp }: Place): string =>
    `<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>${rtsp[which].replaceAll('&', '&amp;')}</tt:Uri>` +
    `<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot>` +
    `<tt:Timeout>PT60S</tt:Timeout></trt:MediaUri></trt:GetStreamUriResponse>`;

export const streamUri2 =
  (which: 'main' | 'sub') =>
  ({ rtsp }: Place): string =>
    `<tr2:GetStreamUriResponse><tr2:Uri>${rtsp[which].replaceAll('&', '&amp;')}</tr2:Uri></tr2:GetStreamUriResponse>`;

export const imaging = ({ filter }: Place): string =>
  `<timg:GetImagingSettingsResponse><timg:ImagingSettings><tt:Brightness>50</tt:Brightness>` +
  `<tt:IrCutFilter>${filter}</tt:IrCutFilter></timg:ImagingSettings></timg:GetImagingSettingsResponse>`;

export const done = (element: string) => (): string => `<${element}Response/>`;

export const presets =
  (...names: readonly string[]) =>
  (): string =>
    `<tptz:GetPresetsResponse>${names
      .map((name, index) => `<tptz:Preset token="${index + 1}"><tt:Name>${name}</tt:Name></tptz:Preset>`)
      .join('')}</tptz:GetPresetsResponse>`;

export const outputs =
  (...tokens: readonly string[]) =>
  (): string =>
    `<trt:GetAudioOutputsResponse>${tokens.map((token) => `<trt:AudioOutputs token="${token}"/>`).join('')}` +
    '</trt:GetAudioOutputsResponse>';

export const pullPoint = (addressing: string, address: string, parameters = ''): string =>
  `<tev:SubscriptionReference><${addressing}:Address>${address}</${addressing}:Address>${parameters}</tev:SubscriptionReference>`;

const DIALECT = 'Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet"';

export const notice =
  (item: (name: string, value: string) => string, attributes: (time: string, operation: string) => string) =>
  ({ topic, source, data, operation = 'Changed', time: said }: SaidEvent, time: string): string => {
    const items = (of: Readonly<Record<string, string>>): string =>
      Object.entries(of)
        .map(([name, value]) => item(name, value))
        .join('');
    return (
      `<wsnt:NotificationMessage><wsnt:Topic ${DIALECT}>${topic}</wsnt:Topic><wsnt:Message>` +
      `<tt:Message ${attributes(said ?? time, operation)}><tt:Source>${items(source)}</tt:Source>` +
      `<tt:Data>${items(data)}</tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>`
    );
  };

export const nameFirst = (name: string, value: string): string => `<tt:SimpleItem Name="${name}" Value="${value}"/>`;
export const timeFirst = (time: string, operation: string): string =>
  `UtcTime="${time}" PropertyOperation="${operation}"`;

export const cellMotion = (on: boolean): SaidEvent => ({
  topic: 'tns1:RuleEngine/CellMotionDetector/Motion',
  source: {
    ...{ VideoSourceConfigurationToken: 'VideoSourceToken', VideoAnalyticsConfigurationToken: 'VideoAnalyticsToken' },
    Rule: 'MyMotionDetectorRule',
  },
  data: { IsMotion: String(on) },
});

export const analytics = (topic: string, rule: string, data: Readonly<Record<string, string>>): SaidEvent => ({
  topic,
  source: { VideoSourceConfigurationToken: 'VideoSourceToken', VideoAnalyticsConfigurationToken: 'VA', Rule: rule },
  data,
});

export const onSource = (
  topic: string,
  data: Readonly<Record<string, string>>,
  source = 'VideoSource_1',
): SaidEvent => ({
  ...{ topic, source: { Source: source }, data },
});

export function clock(now: Date): string {
  const part = (name: string, value: number): string => `<tt:${name}>${value}</tt:${name}>`;
  const time =
    part('Hour', now.getUTCHours()) + part('Minute', now.getUTCMinutes()) + part('Second', now.getUTCSeconds());
  const date =
    part('Year', now.getUTCFullYear()) + part('Month', now.getUTCMonth() + 1) + part('Day', now.getUTCDate());
  return (
    '<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>' +
    '<tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>CST-8:00:00</tt:TZ></tt:TimeZone>' +
    `<tt:UTCDateTime><tt:Time>${time}</tt:Time><tt:Date>${date}</tt:Date></tt:UTCDateTime>` +
    '</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>'
  );
}

/** The answer to a probe. @param id the same each time */
export function probeMatch({ answers }: Shape, place: Place, id: number): string {
  const model = /Model>([^<]*)</.exec(answers['GetDeviceInformation']?.(place) ?? '')?.[1] ?? '';
  return (
    '<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" ' +
    'xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" ' +
    'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl">' +
    '<SOAP-ENV:Header><wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</wsa:Action></SOAP-ENV:Header>' +
    '<SOAP-ENV:Body><d:ProbeMatches><d:ProbeMatch><wsa:EndpointReference>' +
    `<wsa:Address>urn:uuid:00075fbe-0000-4000-8000-${String(id).padStart(12, '0')}</wsa:Address>` +
    '</wsa:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>onvif://www.onvif.org/type/video_encoder ' +
    `onvif://www.onvif.org/name/Front%20door onvif://www.onvif.org/hardware/${encodeURIComponent(model)}</d:Scopes>` +
    `<d:XAddrs>${place.origin}/onvif/device_service</d:XAddrs><d:MetadataVersion>10</d:MetadataVersion>` +
    '</d:ProbeMatch></d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>'
  );
}

/** @param envelope whose prefix it has */
export function fault(envelope: string, code: string, reason: string, detail: string): string {
  const s = /<([\w-]+):Envelope/.exec(envelope)?.[1] ?? 's';
  return (
    `<${s}:Fault><${s}:Code><${s}:Value>${s}:Sender</${s}:Value><${s}:Subcode><${s}:Value>${code}</${s}:Value>` +
    `</${s}:Subcode></${s}:Code><${s}:Reason><${s}:Text xml:lang="en">${reason}</${s}:Text></${s}:Reason>` +
    `${detail === '' ? '' : `<${s}:Detail>${detail}</${s}:Detail>`}</${s}:Fault>`
  );
}
