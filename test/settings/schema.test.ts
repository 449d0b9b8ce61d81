import { readFileSync } from 'node:fs';
import { configSchema } from '../../src/settings/config-schema.js';
import { readSettings } from '../../src/settings/settings.js';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

interface Node {
  type?: string | string[];
  properties?: Record<string, Node>;
  items?: Node | Node[];
  [key: string]: unknown;
}

interface ConfigSchema {
  schema: Node & { properties: Record<string, Node> };
  layout: unknown[];
  [key: string]: unknown;
}

const file = JSON.parse(read('config.schema.json')) as ConfigSchema;

/** Every field's path, `cameras[].detect.zones[].name`, with what the schema says of it. */
function fields({ properties = {} }: Node, prefix = ''): [path: string, field: Node][] {
  return Object.entries(properties).flatMap(([key, field]) => {
    const path = `${prefix}${key}`;
    const inner = Array.isArray(field.items) ? undefined : field.items;
    return [[path, field], ...fields(field, `${path}.`), ...(inner ? fields(inner, `${path}[].`) : [])];
  });
}

/** Every list in a layout, with how many of its items the form begins with. */
function listsIn(layout: readonly unknown[]): [key: unknown, begun: unknown][] {
  return layout.flatMap((node): [unknown, unknown][] => {
    if (typeof node === 'string') return [];
    const { key, type, items = [], listItems } = node as { [field: string]: unknown; items?: unknown[] };
    const isList = type === 'array' || type === 'tabarray';
    return [...(isList ? [[key, items.length || listItems] as [unknown, unknown]] : []), ...listsIn(items)];
  });
}

describe('config.schema.json', () => {
  it('is what `npm run schema` writes', () => {
    expect(file).toEqual(JSON.parse(JSON.stringify(configSchema())));
  });

  it('has what Homebridge asks of a verified plugin', () => {
    const { pluginAlias, pluginType, singular, schema } = file;
    expect({ pluginAlias, pluginType, singular }).toEqual({
      pluginAlias: 'Lookout',
      pluginType: 'platform',
      singular: true,
    });
    expect(schema).toMatchObject({ type: 'object', required: ['name'] });
    expect(schema.properties['name']).toMatchObject({ type: 'string', default: 'Lookout' });
  });

  it('has a title for every field', () => {
    expect(fields(file.schema).filter(([, { title }]) => title === undefined)).toEqual([]);
  });

  it('has only what the form understands', () => {
    const text = JSON.stringify(file);
    for (const keyword of ['anyOf', 'allOf', '$ref', 'additionalProperties', 'const']) {
      expect(text).not.toContain(`"${keyword}":`);
    }
  });

  it('shows every field in the form', () => {
    const shown = JSON.stringify(file.layout);
    const lists = ['cameras[].detect.zones', 'cameras[].mqtt.listen', 'quiet'];
    for (const [path, { type }] of fields(file.schema)) {
      if (type === 'object' || lists.some((list) => path.startsWith(`${list}[]`))) continue;
      expect(shown).toContain(`"${path}"`);
    }
  });

  it('begins no list in the form but that of the cameras, with one', () => {
    expect(listsIn(file.layout)).toEqual([
      ['cameras', 1],
      ['cameras[].detect.zones', 0],
      ['cameras[].onvif.presets', 0],
      ['cameras[].mqtt.listen', 0],
      ['quiet', 0],
    ]);
  });

  it('has defaults that are those of the settings', () => {
    const { settings } = readSettings({ cameras: [{ name: 'A', source: '/a' }] });
    const valueOf = (path: string): unknown =>
      path
        .replaceAll('[]', '.0')
        .split('.')
        .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], settings);
    const withDefault = fields(file.schema).filter(
      ([path, field]) => 'default' in field && !/^(?:cameras$|mqtt|http|.*(?:zones|listen)\[\])/.test(path),
    );
    expect(withDefault.map(([path]) => path)).toContain('store.url');
    for (const [path, field] of withDefault) expect([path, valueOf(path)]).toEqual([path, field['default']]);
  });
});

describe('docs/settings.md', () => {
  const docs = read('docs/settings.md');

  it.each(fields(file.schema))('explains %s', (path, field) => {
    const row = docs.split('\n').find((line) => line.startsWith(`| \`${path}\` |`));
    expect(row).toBeDefined();
    const value = field['default'];
    if (value !== undefined) expect(row).toContain(`\`${JSON.stringify(value)}\``);
    for (const choice of (field['enum'] as string[] | undefined) ?? []) expect(row).toContain(`\`"${choice}"\``);
  });

  it('explains no other', () => {
    const explained = [...docs.matchAll(/^\| `([^`]+)` \|/gm)].map(([, path]) => path);
    expect(explained.sort()).toEqual(
      fields(file.schema)
        .map(([path]) => path)
        .sort(),
    );
  });

  it('has examples without a fault', () => {
    const examples = [...docs.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => JSON.parse(text) as unknown);
    expect(examples.length).toBeGreaterThan(1);
    for (const example of examples) expect(readSettings(example).problems).toEqual([]);
  });
});
