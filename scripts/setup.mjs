/**
 * Makes sure of everything that running (`node scripts/setup.mjs`) or testing (`--tests`) needs: npm packages,
 * an ffmpeg and, for the tests, a real RTSP server. Runs on Node 20 with nothing installed, does only what is missing,
 * and installs system packages only as root on Debian; elsewhere it names them with the command.
 */
import { existsSync, readFileSync } from 'node:fs';
import {
  Refusal,
  ask,
  findFfmpeg,
  hubNode,
  inProject,
  isStarted,
  outerPath,
  run,
  runAsScript,
  say,
} from './project.mjs';
import { installCommand, missingPackages, whichSystem } from './system-packages.mjs';

const readJson = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);

/**
 * Whether what npm installed is what the lock file asks for.
 * @param lock the `packages` of package-lock.json
 * @param installed the `packages` of node_modules/.package-lock.json, undefined when there is none
 */
export function inStep(lock, installed) {
  if (installed === undefined) return false;
  return Object.entries(lock).every(([path, wanted]) => {
    if (path === '') return true;
    const found = installed[path];
    return found === undefined ? wanted.optional === true : found.version === wanted.version;
  });
}

const packagesInStep = () =>
  inStep(
    readJson(inProject('package-lock.json')).packages,
    readJson(inProject('node_modules', '.package-lock.json'))?.packages,
  ) && hubNode() !== undefined;

/** Install scripts are run for the two packages that fetch a program, and for no other. */
const FETCHERS = ['node', 'ffmpeg-for-homebridge'];

async function installPackages() {
  const npm = (...args) =>
    run('npm', [...args, '--loglevel=error'], {
      env: { ...process.env, PATH: outerPath() },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  say('setup: installing npm packages (about half a minute) …');
  if ((await npm('ci', '--ignore-scripts')) !== 0) {
    throw new Refusal('setup: `npm ci` failed; its messages are above. Check the network and try again.');
  }
  say('setup: fetching Node 24 and an ffmpeg for this machine …');
  for (const name of FETCHERS) await npm('rebuild', name);
  if (hubNode() === undefined) {
    throw new Refusal(
      `setup: no Node for the hub: fetching Node 24 failed and this is ${process.version}. ` +
        'Install Node 24 from https://nodejs.org and try again.',
    );
  }
}

async function installSystemPackages(missing) {
  say(`setup: installing ${missing.join(' ')} (apt-get) …`);
  const apt = (...args) =>
    run('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  await apt('update');
  await apt('install', '-y', '--no-install-recommends', ...missing);
}

/** @param options `tests`: also what only the tests need */
export async function setUp({ tests }) {
  if (!packagesInStep()) await installPackages();

  const system = whichSystem(process.platform, ask);
  const missingNow = () => missingPackages(system, { tests, ffmpeg: findFfmpeg() !== undefined }, ask);
  let missing = missingNow();
  if (missing.length > 0 && system === 'debian' && process.getuid?.() === 0) {
    await installSystemPackages(missing);
    missing = missingNow();
  }
  if (missing.length > 0) {
    throw new Refusal(`setup: missing: ${missing.join(', ')}. Install with: ${installCommand(system, missing)}`);
  }
}

if (isStarted(import.meta.url)) {
  await runAsScript(async (args) => {
    const started = Date.now();
    await setUp({ tests: args.includes('--tests') });
    say(`setup: ready (${((Date.now() - started) / 1000).toFixed(1)} s)`);
    return 0;
  });
}
