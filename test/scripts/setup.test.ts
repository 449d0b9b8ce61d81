import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { inStep } from '../../scripts/setup.mjs';
import { installCommand, missingPackages, whichSystem, type Ask } from '../../scripts/system-packages.mjs';

const lock = {
  '': {},
  'node_modules/a': { version: '1.0.0' },
  'node_modules/b': { version: '2.0.0', optional: true },
};

describe('installed packages against the lock file', () => {
  it.each([
    ['nothing installed', undefined, false],
    ['all as asked for', { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } }, true],
    ['an optional one missing', { 'node_modules/a': { version: '1.0.0' } }, true],
    ['a needed one missing', { 'node_modules/b': { version: '2.0.0' } }, false],
    ['another version', { 'node_modules/a': { version: '1.0.1' } }, false],
    [
      'another version of an optional one',
      { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0' } },
      false,
    ],
  ])('%s', (_, installed, expected) => {
    expect(inStep(lock, installed)).toBe(expected);
  });
});

describe('system packages', () => {
  /** A machine on which these commands work and say this. */
  const machine =
    (works: Readonly<Record<string, string>>): Ask =>
    (command) =>
      works[command];
  const dpkg = [
    'installed gir1.2-gst-rtsp-server-1.0',
    'config-files python3-gst-1.0',
    'installed gstreamer1.0-plugins-base',
    'installed gstreamer1.0-plugins-good',
    'installed gstreamer1.0-plugins-bad',
    'installed mosquitto',
    'installed mosquitto-clients',
    'installed chromium',
  ].join('\n');

  it('tells systems apart', () => {
    expect(whichSystem('darwin', machine({}))).toBe('macos');
    expect(whichSystem('linux', machine({ 'dpkg-query': '', 'apt-get': '' }))).toBe('debian');
    expect(whichSystem('linux', machine({ 'apt-get': '' }))).toBe('other');
  });

  it.each([
    ['a hub with an ffmpeg', 'debian', { tests: false, ffmpeg: true }, machine({}), []],
    ['a hub without one', 'debian', { tests: false, ffmpeg: false }, machine({}), ['ffmpeg']],
    [
      'tests, ffmpeg only in node_modules',
      'debian',
      { tests: true, ffmpeg: true },
      machine({ 'dpkg-query': dpkg }),
      ['ffmpeg', 'python3-gst-1.0'],
    ],
    [
      'tests, a removed package',
      'debian',
      { tests: true, ffmpeg: true },
      machine({ ffmpeg: '', 'dpkg-query': dpkg }),
      ['python3-gst-1.0'],
    ],
    [
      'tests on a Mac',
      'macos',
      { tests: true, ffmpeg: false },
      machine({}),
      ['ffmpeg', 'gstreamer', 'pygobject3', 'mosquitto', 'chromium'],
    ],
    [
      'tests on a Mac that has all',
      'macos',
      { tests: true, ffmpeg: true },
      machine({ ffmpeg: '', python3: '', which: '' }),
      [],
    ],
  ] as const)('%s', (_, system, need, ask, expected) => {
    expect(missingPackages(system, need, ask)).toEqual(expected);
  });

  it('names what to type, on one line', () => {
    expect(installCommand('debian', ['ffmpeg', 'x'])).toBe('sudo apt-get install -y --no-install-recommends ffmpeg x');
    expect(installCommand('macos', ['ffmpeg', 'x'])).toBe('brew install ffmpeg x');
  });
});

it('installs and fetches nothing when all is there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lookout-setup-'));
  try {
    const called = join(folder, 'called');
    for (const name of ['npm', 'apt-get'])
      writeFileSync(join(folder, name), `#!/bin/sh\necho ${name} "$@" >> ${called}\n`, { mode: 0o755 });
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` };
    const { status, stdout } = spawnSync('/bin/sh', ['-c', 'node scripts/setup.mjs --tests'], {
      ...{ encoding: 'utf8', env },
    });
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^setup: ready \([\d.]+ s\)\n$/) as string,
    });
    const calls = existsSync(called) ? readFileSync(called, 'utf8').split('\n').filter(Boolean) : [];
    expect(calls.filter((call) => call !== 'apt-get --version')).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
