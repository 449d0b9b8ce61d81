import fc from 'fast-check';
import { claimOf } from '../../src/onvif/claims.js';
import { likely, Ongoing } from '../../src/onvif/ongoing.js';
import type { OnvifEvent } from '../../src/onvif/device.js';
import type { Notice } from '../../src/onvif/answers.js';

const items = (of: Readonly<Record<string, string>>) => Object.entries(of).map(([name, value]) => ({ name, value }));

type Row = readonly [
  topic: string,
  source: Readonly<Record<string, string>>,
  data: Readonly<Record<string, string>>,
  claim: string | undefined,
  state?: string,
];

describe('what a camera claims', () => {
  const rows: readonly Row[] = [
    // ONVIF's own.
    ['RuleEngine/CellMotionDetector/Motion', { Rule: 'MyMotion' }, { IsMotion: 'true' }, 'motion', 'begins'],
    ['RuleEngine/CellMotionDetector/Motion', { Rule: 'MyMotion' }, { IsMotion: 'false' }, 'motion', 'ends'],
    ['RuleEngine/MotionRegionDetector/Motion', {}, { State: '1' }, 'motion', 'begins'],
    ['VideoSource/MotionAlarm', { Source: 'V' }, { State: 'true' }, 'motion', 'begins'],
    ['VideoSource/MotionAlarm', { Source: 'V' }, { State: '0' }, 'motion', 'ends'],
    ['VideoSource/MotionAlarm', { Source: 'V' }, {}, undefined],
    [
      'RuleEngine/FieldDetector/ObjectsInside',
      { Rule: 'Yard' },
      { ObjectId: '1', IsInside: 'true' },
      'motion',
      'begins',
    ],
    ['RuleEngine/FieldDetector/ObjectsInside', {}, { IsInside: 'true', ObjectType: 'Human' }, 'person', 'begins'],
    ['RuleEngine/FieldDetector/ObjectsInside', {}, { IsInside: 'false', ObjectType: 'Vehicle' }, 'vehicle', 'ends'],
    ['RuleEngine/FieldDetector/ObjectsInside', {}, { IsInside: 'true', ClassTypes: 'Animal' }, 'animal', 'begins'],
    ['RuleEngine/LineDetector/Crossed', { Rule: 'Gate' }, { ObjectId: '1' }, 'line', 'begins'],
    ['RuleEngine/LineDetector/Crossed', {}, { ObjectId: '0', ClassTypes: 'Human' }, 'person', 'begins'],
    ['RuleEngine/ObjectDetection/Object', {}, { ClassTypes: 'Human Vehicle' }, 'person', 'begins'],
    ['RuleEngine/ObjectDetection/Object', {}, { ClassTypes: '' }, 'motion', 'ends'],
    ['VideoSource/GlobalSceneChange/AnalyticsService', {}, { State: 'true' }, 'tamper', 'begins'],
    ['VideoSource/ImageTooDark/ImagingService', {}, { State: 'true' }, 'tamper', 'begins'],
    ['VideoSource/ImageTooBlurry/ImagingService', {}, { State: 'false' }, 'tamper', 'ends'],
    ['VideoSource/ImageTooBright/ImagingService', {}, { State: 'true' }, undefined],
    ['RuleEngine/TamperDetector/Tamper', {}, { IsTamper: 'true' }, 'tamper', 'begins'],
    ['Device/Trigger/DigitalInput', { InputToken: 'In_1' }, { LogicalState: 'true' }, undefined],
    ['Device/Trigger/DigitalInput', { InputToken: 'Doorbell' }, { LogicalState: 'true' }, 'ring', 'begins'],
    ['Device/Trigger/DigitalInput', { InputToken: 'Spring_1' }, { LogicalState: 'true' }, undefined],
    ['Device/Trigger/Relay', { RelayToken: 'Doorbell' }, { LogicalState: 'active' }, undefined],
    ['Device/HardwareFailure/StorageFailure', {}, { Failed: 'true' }, undefined],
    ['AudioAnalytics/Audio/DetectedSound', {}, { isSoundDetected: 'true' }, undefined],
    ['RuleEngine/CountAggregation/Counter', {}, { Count: '1' }, undefined],
    ['RecordingConfig/JobState', {}, { State: 'Active' }, undefined],
    // Reolink.
    ['RuleEngine/MyRuleDetector/PeopleDetect', { Source: '000' }, { State: 'true' }, 'person', 'begins'],
    ['RuleEngine/MyRuleDetector/FaceDetect', { Source: '000' }, { State: 'true' }, 'person', 'begins'],
    ['RuleEngine/MyRuleDetector/VehicleDetect', { Source: '000' }, { State: 'false' }, 'vehicle', 'ends'],
    ['RuleEngine/MyRuleDetector/Non_Motor_VehicleDetect', { Source: '000' }, { State: 'true' }, 'vehicle', 'begins'],
    ['RuleEngine/MyRuleDetector/DogCatDetect', { Source: '000' }, { State: 'true' }, 'animal', 'begins'],
    ['RuleEngine/MyRuleDetector/Package', { Source: '000' }, { State: 'true' }, 'package', 'begins'],
    ['RuleEngine/MyRuleDetector/Package', { Source: '000' }, { State: 'false' }, 'package', 'ends'],
    ['RuleEngine/ObjectDetection/Object', {}, { ClassTypes: 'Package' }, 'package', 'begins'],
    ['RuleEngine/MyRuleDetector/Visitor', { Source: '000' }, { State: 'true' }, 'ring', 'begins'],
    ['RuleEngine/MyRuleDetector/Visitor', { Source: '000' }, { State: 'false' }, 'ring', 'ends'],
    // Hikvision and its kin, Dahua, Amcrest.
    ['RuleEngine/FieldDetector/ObjectsInside', { Rule: 'Human' }, { IsInside: 'true' }, 'person', 'begins'],
    ['RuleEngine/FieldDetector/ObjectsInside', { Rule: 'Vehicle' }, { IsInside: 'true' }, 'vehicle', 'begins'],
    ['UserAlarm/IVA/HumanShapeDetect', {}, { State: 'true' }, 'person', 'begins'],
    ['VehicleAlarm/IVB/VehicleDetect', {}, { State: 'true' }, 'vehicle', 'begins'],
    ['VideoAnalytics/CrossRegion', {}, { State: 'true' }, 'motion', 'begins'],
    ['VideoAnalytics/CrossLineDetection', {}, { State: 'true' }, 'line', 'begins'],
    // Hanwha (Samsung).
    ['VideoAnalytics/MotionDetection', {}, { State: 'true' }, 'motion', 'begins'],
    ['OpenApp/WiseAI/ObjectDetection', {}, { State: 'true', ObjectType: 'Person' }, 'person', 'begins'],
    // TP-Link.
    ['RuleEngine/CellMotionDetector/Intrusion', {}, { IsIntrusion: 'true' }, 'motion', 'begins'],
    ['RuleEngine/CellMotionDetector/LineCross', {}, { IsLineCross: 'true' }, 'line', 'begins'],
    ['RuleEngine/CellMotionDetector/Tamper', {}, { IsTamper: 'true' }, 'tamper', 'begins'],
    ['RuleEngine/PeopleDetector/People', {}, { IsPeople: 'true' }, 'person', 'begins'],
    ['RuleEngine/TPSmartEventDetector/TPSmartEvent', {}, { IsVehicle: 'true' }, 'vehicle', 'begins'],
    ['RuleEngine/TPSmartEventDetector/TPSmartEvent', {}, { IsPet: 'false' }, 'animal', 'ends'],
    ['RuleEngine/TPSmartEventDetector/TPSmartEvent', {}, { IsTPSmartEvent: 'true' }, 'motion', 'begins'],
    // Axis.
    ['CameraApplicationPlatform/VMD/Camera1Profile1', {}, { active: '1' }, 'motion', 'begins'],
    ['CameraApplicationPlatform/MotionGuard/Camera1ProfileANY', {}, { active: '0' }, 'motion', 'ends'],
    ['CameraApplicationPlatform/FenceGuard/Camera1Profile1', {}, { active: '1' }, 'line', 'begins'],
    ['CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1', {}, { active: '1' }, 'motion', 'begins'],
    [
      'CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1',
      {},
      { active: '1', classTypes: 'car' },
      'vehicle',
      'begins',
    ],
    ['CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1Threshold', {}, { active: '1' }, undefined],
    ['CameraApplicationPlatform/ObjectAnalytics/xinternal_data', {}, { active: '1' }, undefined],
    ['Device/Sensor/PIR', { sensor: '0' }, { state: '1' }, 'motion', 'begins'],
    ['VideoSource/Tampering', { channel: '1' }, { tampering: '1' }, 'tamper', 'begins'],
    // Mobotix.
    ['VideoSource/Alarm', {}, { State: 'CameraBellButton' }, 'ring', 'begins'],
    ['VideoSource/Alarm', {}, { State: 'VM' }, undefined],
  ];

  const cases = rows.map(([topic, source, data, claim, state]) => ({ topic, source, data, claim, state }));

  it.each(cases)('$topic of $source with $data is $claim $state', ({ topic, source, data, claim, state }) => {
    const claimed = claimOf(topic, items(source), items(data));
    expect(claimed?.claim).toBe(claim);
    expect(claimed?.state).toBe(state);
  });

  it('names the rule', () => {
    expect(claimOf('A/Motion', items({ Rule: ' My\nrule ' }), items({ State: 'true' }))?.rule).toBe('My rule');
    expect(claimOf('A/Motion', [], items({ State: 'true' }))?.rule).toBeUndefined();
  });

  it('lasts where the camera says when it ends', () => {
    expect(claimOf('RuleEngine/LineDetector/Crossed', [], [])?.lasts).toBe(false);
    expect(claimOf('VideoSource/MotionAlarm', [], items({ State: 'true' }))?.lasts).toBe(true);
  });

  it('takes anything', () => {
    const item = fc.record({ name: fc.string(), value: fc.string() });
    fc.assert(
      fc.property(fc.string({ maxLength: 256 }), fc.array(item), fc.array(item), (topic, source, data) => {
        claimOf(topic, source, data);
        claimOf(`RuleEngine/${topic}/Motion`, source, data);
      }),
    );
    for (const name of ['__proto__', 'constructor', 'toString'])
      expect(claimOf('A/Motion', [], items({ [name]: 'true', State: name }))).toBeUndefined();
  });
});

describe('what goes on', () => {
  const notice = (on: boolean, more: Partial<Notice> = {}): Notice => ({
    ...{ topic: 'VideoSource/MotionAlarm', operation: 'Changed', time: 1_000, source: [] },
    data: [{ name: 'State', value: String(on) }],
    ...more,
  });
  const second = (on: boolean): Notice => notice(on, { source: [{ name: 'Source', value: '2' }] });
  const other = (on: boolean, source: Notice['source'] = []): Notice =>
    notice(on, { topic: 'RuleEngine/CellMotionDetector/Motion', source });
  const tamper = (on: boolean): Notice => notice(on, { topic: 'VideoSource/GlobalSceneChange/ImagingService' });
  const dark = (on: boolean): Notice =>
    notice(on, { topic: 'VideoSource/ImageTooDark/ImagingService', source: [{ name: 'Rule', value: 'Dark' }] });
  const visitor = (on: boolean, operation: Notice['operation'] = 'Changed'): Notice =>
    notice(on, { topic: 'RuleEngine/MyRuleDetector/Visitor', operation });
  const crossed = (operation: Notice['operation']): Notice =>
    notice(true, { topic: 'RuleEngine/LineDetector/Crossed', operation, data: [] });
  const lined = (operation: Notice['operation']): Notice =>
    notice(true, { topic: 'RuleEngine/CellMotionDetector/LineCross', operation });
  const words = (events: readonly OnvifEvent[]): string | undefined =>
    events.length === 0 ? undefined : events.map(({ state }) => state).join();
  const told = (notices: readonly (readonly [Notice, number])[]) => {
    const ongoing = new Ongoing();
    return notices.map(([said, now]) => words(ongoing.hear(said, 0, now, 1_000)));
  };

  it.each([
    { name: 'a change is told', said: [notice(true), notice(false)], states: ['begins', 'ends'] },
    {
      name: 'a change is told once',
      said: [notice(true), notice(true), notice(false), notice(false)],
      states: ['begins', undefined, 'ends', undefined],
    },
    { name: 'an end alone is none', said: [notice(false)], states: [undefined] },
    { name: 'what was not is not', said: [notice(false, { operation: 'Initialized' })], states: [undefined] },
    { name: 'what goes on begins', said: [notice(true, { operation: 'Initialized' })], states: ['begins'] },
    {
      name: 'an end while nobody listened',
      said: [notice(true), notice(false, { operation: 'Initialized' })],
      states: ['begins', 'ends'],
    },
    {
      name: 'what is deleted ends',
      said: [notice(true), notice(true, { operation: 'Deleted' })],
      states: ['begins', 'ends'],
    },
    {
      name: 'what is deleted without a word ends',
      said: [notice(true), notice(true, { operation: 'Deleted', data: [] })],
      states: ['begins', 'ends'],
    },
    {
      name: 'what two sources see ends with the last',
      said: [notice(true), second(true), notice(false), second(false)],
      states: ['begins', 'begins', undefined, 'ends'],
    },
    {
      name: 'what two topics see ends with the last',
      said: [notice(true), other(true), other(false), notice(false)],
      states: ['begins', 'begins', undefined, 'ends'],
    },
    {
      name: 'rules are apart',
      said: [notice(true), other(true, [{ name: 'Rule', value: 'Gate' }]), notice(false)],
      states: ['begins', 'begins', 'ends'],
    },
    {
      name: 'of an unknown subscription the view alone is told to be clear',
      said: [tamper(false), tamper(true), dark(true), tamper(false), dark(false)],
      states: ['ends', 'begins', 'begins', undefined, 'ends'],
    },
    { name: 'a button that was pressed before is no press', said: [visitor(true, 'Initialized')], states: [undefined] },
    {
      name: 'a press between two subscriptions is one',
      said: [visitor(false, 'Initialized'), visitor(true, 'Initialized'), visitor(true), visitor(false)],
      states: [undefined, 'begins', undefined, 'ends'],
    },
    { name: 'a line that was crossed before is not crossed now', said: [lined('Initialized')], states: [undefined] },
    { name: 'a line that is crossed is', said: [lined('Changed')], states: ['begins'] },
    { name: 'a moment happens', said: [crossed('Changed'), crossed('Initialized')], states: ['happens', undefined] },
  ])('$name', ({ said, states }) => {
    expect(told(said.map((notice) => [notice, 0]))).toEqual(states);
  });

  it('is told again after 10 s', () => {
    const on = notice(true);
    expect(
      told([
        [on, 0],
        [on, 9_999],
        [on, 10_000],
        [on, 19_999],
      ]),
    ).toEqual(['begins', undefined, 'begins', undefined]);
  });

  it('is one press for as long as that is said', () => {
    const on = visitor(true);
    expect(
      told([
        [on, 0],
        [on, 9_999],
        [on, 19_998],
        [on, 29_998],
      ]),
    ).toEqual(['begins', undefined, undefined, 'begins']);
  });

  it('ends by the name by which it began', () => {
    const ongoing = new Ongoing();
    const of = (classes: string): Notice => ({
      ...notice(true, { topic: 'RuleEngine/ObjectDetection/Object', data: [{ name: 'ClassTypes', value: classes }] }),
    });
    const heard = ['Vehicle', 'Human', ''].map((classes) => ongoing.hear(of(classes), 0, 0, 0));
    expect(heard.map((events) => events.map(({ claim, state }) => `${claim} ${state}`))).toEqual([
      ['vehicle begins'],
      // In this order, for nothing is over in between.
      ['person begins', 'vehicle ends'],
      ['person ends'],
    ]);
  });

  it('is bounded', () => {
    const ongoing = new Ongoing();
    const of = (on: boolean, rule: number): Notice => notice(on, { source: [{ name: 'Rule', value: String(rule) }] });
    const last = Array.from({ length: 1_000 }, (_, rule) => ongoing.hear(of(true, rule), 0, 0, 0)).at(-1);
    expect(last).toMatchObject([
      { state: 'begins', rule: '999' },
      { state: 'ends', rule: '743' },
    ]);
    expect(ongoing.hear(of(false, 743), 0, 0, 0)).toEqual([]);
    expect(ongoing.hear(of(false, 999), 0, 0, 0)).toMatchObject([{ state: 'ends' }]);
  });

  it.each([
    { time: 1_000, offset: 500, wallclock: 2_000, at: 1_500 },
    { time: 1_000, offset: 0, wallclock: 3_601_000, at: 1_000 },
    { time: 1_000, offset: 0, wallclock: 3_601_001, at: undefined },
    { time: 7_200_000, offset: 0, wallclock: 0, at: undefined },
    { time: undefined, offset: 0, wallclock: 0, at: undefined },
  ])('was at a likely time: %j', ({ time, offset, wallclock, at }) => {
    expect(likely(time, offset, wallclock)).toBe(at);
  });
});
