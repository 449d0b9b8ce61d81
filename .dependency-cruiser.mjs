/** Which way imports run, as the design has it. A folder not named in `may` imports nothing else of ours. */
const may = {
  media: [],
  settings: [],
  detection: ['media'],
  onvif: ['media'],
  events: ['detection'],
  camera: ['media', 'detection', 'events', 'settings', 'onvif'],
  homekit: ['camera', 'events', 'media', 'settings'],
  mqtt: ['camera', 'events', 'settings'],
  http: ['camera', 'events', 'settings'],
  sharing: ['camera', 'events', 'settings'],
  control: ['camera', 'events', 'settings'],
  page: ['control', 'settings'],
  cli: ['control', 'camera', 'events', 'detection', 'media', 'settings', 'onvif'],
};

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'hap-comes-from-the-host',
      comment: 'Homebridge and HAP-NodeJS are imported as types only; values come from api.hap.',
      severity: 'error',
      from: {},
      to: { path: '(^|/)(homebridge|@homebridge/hap-nodejs|hap-nodejs)($|/)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-platform-opens-doors',
      severity: 'error',
      from: { pathNot: '^src/(platform|index)\\.ts$' },
      to: { path: '^src/(platform|index)\\.ts$' },
    },
    {
      name: 'ui-runs-in-a-browser',
      comment: 'Of the plugin it knows what its server says, and that as types only.',
      severity: 'error',
      from: { path: '^ui/' },
      to: { pathNot: '^ui/|^src/(control|page)/messages\\.ts$|/@homebridge/plugin-ui-utils/' },
    },
    {
      name: 'ui-imports-types',
      severity: 'error',
      from: { path: '^ui/' },
      to: { pathNot: '^ui/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nothing-imports-ui',
      severity: 'error',
      from: { pathNot: '^ui/' },
      to: { path: '^ui/' },
    },
    ...Object.entries(may).map(([folder, allowed]) => ({
      name: `${folder}-imports`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: `^src/(${[folder, ...allowed].join('|')})/` },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node'],
    },
  },
};
