import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Manifest {
  name: string;
  version: string;
  type: string;
  main: string;
  license: string;
  homepage: string;
  bugs: { url: string };
  repository: { url: string };
  keywords: string[];
  engines: { node: string; homebridge: string };
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  bundledDependencies?: unknown;
  bundleDependencies?: unknown;
}

/** What Homebridge asks of a verified plugin, of the package as it is published. */
describe('the package', () => {
  let folder: string;
  let files: string[];
  let manifest: Manifest;
  const read = (file: string) => readFileSync(join(folder, 'package', file), 'utf8');

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lookout-package-'));
    await run(process.execPath, ['scripts/build.mjs']);
    await run('npm', ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder]);
    const [tarball = ''] = readdirSync(folder);
    await run('tar', ['-xzf', join(folder, tarball), '-C', folder]);
    files = readdirSync(join(folder, 'package'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, 'package').length + 1));
    manifest = JSON.parse(read('package.json')) as Manifest;
  }, 120_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('says what it is', () => {
    expect(manifest).toMatchObject({ name: 'homebridge-lookout', type: 'module', license: 'Apache-2.0' });
    expect(manifest.keywords).toContain('homebridge-plugin');
    expect(manifest.engines).toEqual({ node: '^22.13 || ^24 || ^26', homebridge: '^1.11.0 || ^2.0.0' });
    for (const url of [manifest.homepage, manifest.bugs.url]) expect(url).toMatch(/^https:\/\//);
    expect(manifest.repository.url).toMatch(/^git\+https:\/\//);
  });

  it('runs nothing when it is installed', () => {
    const atInstall = ['preinstall', 'install', 'postinstall', 'prepare', 'preprepare', 'postprepare'];
    expect(Object.keys(manifest.scripts).filter((name) => atInstall.includes(name))).toEqual([]);
    expect(files).not.toContain('binding.gyp');
    expect(manifest.bundledDependencies ?? manifest.bundleDependencies).toBeUndefined();
  });

  it('takes Homebridge and HAP from its host', () => {
    const installed = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
    expect(
      installed.filter((name) => /homebridge$|hap-nodejs$/.test(name) && name !== 'ffmpeg-for-homebridge'),
    ).toEqual([]);
    expect(manifest.devDependencies).toHaveProperty('homebridge');
  });

  it('imports only Node, itself and what it depends on', () => {
    const allowed = new Set([
      ...builtinModules.flatMap((name) => [name, `node:${name}`]),
      ...Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }),
    ]);
    const imported = files
      .filter((file) => file.endsWith('.js'))
      .flatMap((file) => [
        ...read(file).matchAll(/^\s*(?:import|export)\b[^'"]*?from\s+'([^'.][^']*)'|\bimport\(\s*'([^'.][^']*)'/gm),
      ])
      .map(([, from, dynamic]) => packageOf(from ?? dynamic ?? ''));
    expect(imported.length).toBeGreaterThan(0);
    expect(imported.filter((name) => !allowed.has(name))).toEqual([]);
  });

  it('holds the plugin and what belongs to it, and nothing of its workshop', () => {
    expect(files).toEqual(
      expect.arrayContaining(['dist/index.js', 'config.schema.json', 'README.md', 'CHANGELOG.md', 'LICENSE']),
    );
    expect(files).toEqual(
      expect.arrayContaining(['server.js', 'public/index.html', 'public/page.css', 'public/main.js'].map(ofPage)),
    );
    const allowed =
      /^(dist\/|homebridge-ui\/|assets\/|docs\/|package\.json$|config\.schema\.json$|README\.md$|CHANGELOG\.md$|LICENSE$)/;
    expect(files.filter((file) => !allowed.test(file))).toEqual([]);
    expect(files.filter((file) => /\.test\.|(^|\/)(test|bench)\//.test(file))).toEqual([]);
  });

  it('has a settings schema that Homebridge takes', () => {
    const schema = JSON.parse(read('config.schema.json')) as {
      pluginAlias: string;
      pluginType: string;
      customUi: boolean;
      schema: { type: string; properties: { name?: { type: string } } };
    };
    expect(schema).toMatchObject({ pluginAlias: 'Lookout', pluginType: 'platform', schema: { type: 'object' } });
    expect(schema.customUi).toBe(true);
    expect(schema.schema.properties.name).toMatchObject({ type: 'string' });
  });

  it('has a function as its default export', async () => {
    symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
    const entry = JSON.stringify(join(folder, 'package', manifest.main));
    const script = `const { default: plugin } = await import(${entry}); process.stdout.write(typeof plugin);`;
    expect((await run(process.execPath, ['--input-type=module', '-e', script])).stdout).toBe('function');
  });

  it('has a command that runs where it is installed', async () => {
    const hub = join(folder, 'hub');
    const modules = join(hub, 'node_modules');
    mkdirSync(modules, { recursive: true });
    writeFileSync(join(hub, 'package.json'), '{ "private": true }');
    cpSync(join(folder, 'package'), join(modules, manifest.name), { recursive: true });
    for (const name of Object.keys(manifest.dependencies)) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(process.cwd(), 'node_modules', name), join(modules, name));
    }
    await run('npm', ['rebuild', '--ignore-scripts', '--loglevel=error', manifest.name], { cwd: hub });
    const lookout = (...args: string[]) =>
      run('npx', ['--no-install', 'lookout', ...args], { cwd: hub }) as Promise<{ stdout: string; stderr: string }>;
    const { stdout, stderr } = await lookout('--help');
    expect(stdout).toMatch(/^lookout: .*\n\n {2}lookout events /);
    expect(stderr).toBe('');
    for (const [, name = ''] of stdout.matchAll(/^ {2}lookout ([a-z]+) /gm)) {
      const help = await lookout(name, '--help');
      expect(help.stdout).toContain(`lookout ${name}`);
      expect(help.stderr).toBe('');
    }
  }, 60_000);

  it('links its pages to what is there', () => {
    const links = files
      .filter((file) => file.endsWith('.md'))
      .flatMap((page) =>
        [...read(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].map(([, path = '', heading]) => ({
          page,
          target: path === '' ? page : join(dirname(page), path),
          heading,
        })),
      );
    const isBroken = ({ target, heading }: (typeof links)[number]) =>
      !files.includes(target) || (heading !== undefined && !headings(read(target)).includes(heading));
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter(isBroken)).toEqual([]);
  });

  it('has an entry of this version in its changelog', () => {
    expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## ${manifest.version.replaceAll('.', '\\.')}\\b`, 'm'));
  });
});

const ofPage = (file: string): string => `homebridge-ui/${file}`;

/** Anchors as GitHub makes them of a page's headings. */
const headings = (page: string): string[] =>
  [...page.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );

/** The package that a specifier names: `@scope/name/file` is of `@scope/name`. */
function packageOf(specifier: string): string {
  const depth = specifier.startsWith('@') ? 2 : 1;
  return specifier.startsWith('node:') ? specifier : specifier.split('/').slice(0, depth).join('/');
}
