import {
  analytics,
  capabilities,
  cellMotion,
  done,
  envelope,
  imaging,
  information,
  nameFirst,
  notice,
  onSource,
  outputs,
  presets,
  profiles,
  profiles2,
  pullPoint,
  services,
  streamUri,
  streamUri2,
  timeFirst,
  type SaidEvent,
  type Shape,
} from './onvif-shapes.js';

export type Maker = 'hikvision' | 'reolink' | 'axis' | 'tapo' | 'recorder';

const HIKVISION: Shape = {
  logins: ['token', 'digest'],
  envelope: envelope('env', 'wsa', '\n'),
  answers: {
    GetDeviceInformation: information('HIKVISION', 'DS-2DE2A404IW-DE3', 'V5.7.1 build 230101', '\n'),
    GetServices: services(
      ['ver10/device', '/onvif/device_service'],
      ['ver10/media', '/onvif/Media'],
      ['ver10/events', '/onvif/Events'],
      ['ver20/imaging', '/onvif/Imaging'],
      ['ver20/ptz', '/onvif/PTZ'],
      ['ver20/media', '/onvif/Media2'],
    ),
    GetCapabilities: capabilities({
      ...{ Device: '/onvif/device_service', Events: '/onvif/Events', Imaging: '/onvif/Imaging' },
      ...{ Media: '/onvif/Media', PTZ: '/onvif/PTZ' },
    }),
    'media/GetProfiles': profiles(
      ...[
        { token: 'Profile_1', name: 'mainStream', encoding: 'H264', size: [1920, 1080] as const },
        { token: 'Profile_2', name: 'subStream', encoding: 'H264', size: [640, 360] as const },
      ].map((profile) => ({ ...profile, source: 'VideoSource_1', moves: true })),
    ),
    'media2/GetProfiles': profiles2(
      { token: 'Profile_1', name: 'mainStream', encoding: 'H264', size: [1920, 1080], source: 'VideoSource_1' },
      { token: 'Profile_2', name: 'subStream', encoding: 'H264', size: [640, 360], source: 'VideoSource_1' },
    ),
    'GetStreamUri/Profile_1': streamUri('main'),
    'GetStreamUri/Profile_2': streamUri('sub'),
    GetImagingSettings: imaging,
    SetImagingSettings: done('timg:SetImagingSettings'),
    GetPresets: presets('Preset 1', 'Gate &amp; drive'),
    GotoPreset: done('tptz:GotoPreset'),
    GetAudioOutputs: outputs('AudioOutputToken'),
  },
  pullPoint: ({ origin }, id) => pullPoint('wsa', `${origin}/onvif/Events/PullSubManager_2026-11-25_${id}`),
  pulls: { renews: true, byParameter: false },
  events: {
    motion: (on) => onSource('tns1:VideoSource/MotionAlarm', { State: String(on) }),
    person: (on) => analytics('tns1:RuleEngine/FieldDetector/ObjectsInside', 'Human', { IsInside: String(on) }),
    line: () => analytics('tns1:RuleEngine/LineDetector/Crossed', 'MyLineDetector1', { ObjectId: '0' }),
    tamper: (on) => onSource('tns1:VideoSource/GlobalSceneChange/ImagingService', { State: String(on) }),
  },
  notice: notice(nameFirst, timeFirst),
};

const REOLINK_RULES = {
  person: 'PeopleDetect',
  vehicle: 'VehicleDetect',
  animal: 'DogCatDetect',
  package: 'Package',
  ring: 'Visitor',
} as const;

const REOLINK: Shape = {
  logins: ['token'],
  envelope: envelope('SOAP-ENV', 'wsa5'),
  answers: {
    GetDeviceInformation: information('Reolink', 'Reolink Video Doorbell', 'v3.0.0.3308'),
    GetCapabilities: capabilities({
      ...{ Analytics: '/onvif/analytics_service', Device: '/onvif/device_service', Events: '/onvif/event_service' },
      ...{ Imaging: '/onvif/imaging_service', Media: '/onvif/media_service' },
    }),
    'media/GetProfiles': profiles(
      { token: '000', name: 'MainStream', encoding: 'H264', size: [2560, 1920], source: '000' },
      { token: '001', name: 'SubStream', encoding: 'H264', size: [640, 480], source: '000' },
    ),
    'GetStreamUri/000': streamUri('main'),
    'GetStreamUri/001': streamUri('sub'),
    GetImagingSettings: imaging,
    SetImagingSettings: done('timg:SetImagingSettings'),
    GetAudioOutputs: outputs('000'),
  },
  pullPoint: ({ origin }, id) => pullPoint('wsa5', `${origin}/onvif/PullPoint?Idx=${id}`),
  pulls: { renews: true, byParameter: false },
  events: {
    motion: cellMotion,
    ...Object.fromEntries(
      Object.entries(REOLINK_RULES).map(([said, rule]) => [
        said,
        (on: boolean) => onSource(`tns1:RuleEngine/MyRuleDetector/${rule}`, { State: String(on) }, '000'),
      ]),
    ),
  },
  notice: notice(nameFirst, timeFirst),
};

const AXIS: Shape = {
  logins: ['digest'],
  envelope: envelope('SOAP-ENV', 'wsa5'),
  answers: {
    GetDeviceInformation: information('AXIS', 'M5525-E', '11.11.73'),
    GetServices: services(
      ['ver10/device', '/onvif/device_service'],
      ['ver20/media', '/onvif/services'],
      ['ver10/events', '/onvif/services'],
      ['ver20/imaging', '/onvif/services'],
      ['ver20/ptz', '/onvif/services'],
    ),
    'media2/GetProfiles': profiles2(
      { token: 'profile_1_jpeg', name: 'profile_1 jpeg', encoding: 'JPEG', size: [1920, 1080], source: '0' },
      { token: 'profile_1_h265', name: 'profile_1 h265', encoding: 'H265', size: [3840, 2160], source: '0' },
      { token: 'profile_2_h265', name: 'profile_2 h265', encoding: 'H265', size: [640, 360], source: '0' },
    ),
    'GetStreamUri/profile_1_h265': streamUri2('main'),
    'GetStreamUri/profile_2_h265': streamUri2('sub'),
    GetImagingSettings: imaging,
    SetImagingSettings: done('timg:SetImagingSettings'),
    GetAudioOutputConfigurations: () => '<tr2:GetAudioOutputConfigurationsResponse/>',
  },
  pullPoint: ({ origin }, id) =>
    pullPoint(
      'wsa5',
      `${origin}/onvif/services`,
      '<wsa5:ReferenceParameters><dom0:SubscriptionId xmlns:dom0="http://www.axis.com/2009/event">' +
        `${id}</dom0:SubscriptionId></wsa5:ReferenceParameters>`,
    ),
  pulls: { renews: false, byParameter: true },
  events: {
    motion: (on) => ({
      ...{
        topic: 'tnsaxis:CameraApplicationPlatform/VMD/Camera1ProfileANY',
        source: {},
        data: { active: on ? '1' : '0' },
      },
    }),
    person: (on) => ({
      topic: 'tnsaxis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1',
      ...{ source: {}, data: { active: on ? '1' : '0', classTypes: 'human' } },
    }),
    tamper: () => ({ topic: 'tns1:VideoSource/tnsaxis:Tampering', source: { channel: '1' }, data: { tampering: '1' } }),
  },
  notice: notice(nameFirst, timeFirst),
};

/** One service for all, attributes in another order, and events of 1970. */
const TAPO: Shape = {
  logins: ['token'],
  envelope: envelope('SOAP-ENV', 'wsa', '\n'),
  answers: {
    GetDeviceInformation: information('tp-link', 'Tapo C225', '1.1.0 Build 250115 Rel.47645n'),
    GetServices: services(
      ['ver10/device', '/onvif/device_service'],
      ['ver10/media', '/onvif/service'],
      ['ver10/events', '/onvif/service'],
      ['ver20/imaging', '/onvif/service'],
      ['ver20/ptz', '/onvif/service'],
    ),
    GetCapabilities: capabilities({
      ...{ Events: '/onvif/service', Imaging: '/onvif/service', Media: '/onvif/service', PTZ: '/onvif/service' },
    }),
    'media/GetProfiles': profiles(
      ...[
        { token: 'profile_1', name: 'mainStream', encoding: 'H264', size: [2560, 1440] as const },
        { token: 'profile_2', name: 'minorStream', encoding: 'H264', size: [1280, 720] as const },
        { token: 'profile_3', name: 'jpegStream', encoding: 'JPEG', size: [640, 360] as const },
      ].map((profile) => ({ ...profile, source: 'raw_vs1', moves: true })),
    ),
    'GetStreamUri/profile_1': streamUri('main'),
    'GetStreamUri/profile_2': streamUri('sub'),
    GetImagingSettings: imaging,
    SetImagingSettings: done('timg:SetImagingSettings'),
    GetPresets: presets('Door', 'Window'),
    GotoPreset: done('tptz:GotoPreset'),
    GetAudioOutputs: outputs(),
  },
  pullPoint: ({ origin }, id) => pullPoint('wsa', `${origin}/event-${id}_2020`),
  pulls: { renews: true, byParameter: false },
  events: {
    motion: cellMotion,
    person: (on) =>
      analytics('tns1:RuleEngine/PeopleDetector/People', 'MyPeopleDetectorRule', { IsPeople: String(on) }),
    animal: (on) =>
      analytics('tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent', 'MyTPSmartEventDetectorRule', {
        IsPet: String(on),
      }),
    line: (on) =>
      analytics('tns1:RuleEngine/CellMotionDetector/LineCross', 'MyLineCrossDetectorRule', { IsLineCross: String(on) }),
  },
  notice: notice(
    (name, value) => `<tt:SimpleItem Value="${value}" Name="${name}"></tt:SimpleItem>`,
    (_, operation) => `PropertyOperation="${operation}" UtcTime="1970-01-01T00:00:00Z"`,
  ),
};

/** A Dahua NVR's cameras, by their channels; the second moves, and has the larger picture. */
const CHANNELS = [
  { channel: 1, token: '00000', size: [1920, 1080] as const, moves: false },
  { channel: 2, token: '00100', size: [2560, 1440] as const, moves: true },
];

/** What a channel of the recorder sees. */
export const onChannel = (channel: 1 | 2, said: 'motion' | 'alarm' | 'person', on: boolean): SaidEvent => {
  const token = CHANNELS[channel - 1]?.token ?? '';
  const rule = { VideoSourceConfigurationToken: token, VideoAnalyticsConfigurationToken: token };
  switch (said) {
    case 'motion':
      return {
        topic: 'tns1:RuleEngine/CellMotionDetector/Motion',
        ...{ source: { ...rule, Rule: 'MyMotionDetectorRule' }, data: { IsMotion: String(on) } },
      };
    case 'alarm':
      return onSource('tns1:VideoSource/MotionAlarm', { State: String(on) }, token);
    case 'person':
      return { topic: 'tns1:UserAlarm/IVA/HumanShapeDetect', source: rule, data: { State: String(on) } };
  }
};

const RECORDER: Shape = {
  logins: ['token', 'digest'],
  envelope: envelope('s', 'wsa'),
  answers: {
    GetDeviceInformation: information('Dahua', 'DHI-NVR4108HS-8P-4KS2', '4.001.0000005.1'),
    GetServices: services(
      ['ver10/device', '/onvif/device_service'],
      ['ver10/media', '/onvif/media_service'],
      ['ver10/events', '/onvif/event_service'],
      ['ver20/imaging', '/onvif/imaging_service'],
      ['ver20/ptz', '/onvif/ptz_service'],
    ),
    GetCapabilities: capabilities({
      ...{ Device: '/onvif/device_service', Events: '/onvif/event_service', Imaging: '/onvif/imaging_service' },
      ...{ Media: '/onvif/media_service', PTZ: '/onvif/ptz_service' },
    }),
    'media/GetProfiles': profiles(
      ...CHANNELS.flatMap(({ channel, token, size, moves }) =>
        [
          { nth: 0, name: 'MainStream', size },
          { nth: 1, name: 'SubStream1', size: [704, 576 - channel * 180] as const },
        ].map((stream) => ({
          ...{ token: `MediaProfile${token.slice(0, 4)}${stream.nth}`, encoding: 'H264', size: stream.size, moves },
          ...{ name: `MediaProfile_Channel${channel}_${stream.name}`, source: token, configuration: token },
        })),
      ),
    ),
    'GetStreamUri/MediaProfile00000': streamUri('main'),
    'GetStreamUri/MediaProfile00001': streamUri('sub'),
    'GetStreamUri/MediaProfile00100': streamUri('main'),
    'GetStreamUri/MediaProfile00101': streamUri('sub'),
    GetImagingSettings: imaging,
    SetImagingSettings: done('timg:SetImagingSettings'),
    GetPresets: presets('Gate'),
    GotoPreset: done('tptz:GotoPreset'),
    GetAudioOutputs: outputs(),
  },
  pullPoint: ({ origin }, id) => pullPoint('wsa', `${origin}/onvif/Subscription?Idx=${id}`),
  pulls: { renews: true, byParameter: false },
  events: { motion: (on) => onChannel(1, 'motion', on), person: (on) => onChannel(1, 'person', on) },
  notice: notice(nameFirst, timeFirst),
};

export const MAKERS: Readonly<Record<Maker, Shape>> = {
  hikvision: HIKVISION,
  reolink: REOLINK,
  axis: AXIS,
  tapo: TAPO,
  recorder: RECORDER,
};
