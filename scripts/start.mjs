/**
 * `npm start [-- ADDRESS]`: a hub of its own with the demonstration camera, or with the camera at ADDRESS.
 * Installs and builds what is missing, keeps its pairing in `.lookout/hub`, and leaves no process behind.
 * Reads the address from LOOKOUT_SOURCE as well, because npm repeats its arguments on the screen.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { build } from './build.mjs';
import { demoScene } from './demo-scene.mjs';
import { PORTS, firstPort, hubConfig } from './hub-config.mjs';
import { Refusal, ending, endOnSignals, hubNode, inProject, root, runAsScript, say } from './project.mjs';
import { setUp } from './setup.mjs';
import { maskAddress, readSource } from './source-argument.mjs';
import { welcome } from './welcome.mjs';

/** Homebridge itself gives up on an orderly end after 5 s. */
const LAST_WORD_MS = 6000;

/** A camera that has not answered by then has a message of its own in the log. */
const HINT_AFTER_MS = 60_000;

const store = process.env.LOOKOUT_STORE ? resolve(process.env.LOOKOUT_STORE) : inProject('.lookout', 'hub');
const configFile = join(store, 'config.json');

function readConfig() {
  if (!existsSync(configFile)) return undefined;
  try {
    return JSON.parse(readFileSync(configFile, 'utf8'));
  } catch {
    throw new Refusal(`start: ${relative(root, configFile)} is not valid JSON. Mend it, or delete it to begin anew.`);
  }
}

/** The file holds the camera's password: nobody else may read it. */
function writeConfig(config) {
  const beside = `${configFile}.part`;
  writeFileSync(beside, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(beside, configFile);
}

const isFree = (port) =>
  new Promise((free) => {
    const server = createServer();
    server.once('error', () => free(false));
    server.listen(port, () => server.close(() => free(true)));
  });

async function choosePort(kept) {
  const tries = [kept, ...Array.from({ length: 50 }, () => 20_000 + (randomBytes(2).readUInt16BE() % 12_000))];
  for (const first of tries.filter((port) => port !== undefined)) {
    const free = await Promise.all(Array.from({ length: PORTS }, (_, index) => isFree(first + index)));
    if (!free.includes(false)) return first;
  }
  throw new Refusal('start: found no free ports between 20000 and 32000.');
}

/** A hub that is busy may take its time to answer, ms; where nothing listens that is known at once. */
const PATIENCE_MS = 10_000;

/** Whether HomeKit's server answers: 470 is its "not paired", 200 the answer of one that asks for no pairing. */
const answers = (port) =>
  new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/accessories', timeout: PATIENCE_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 470 || response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });

/** What Homebridge keeps of the camera that it has published under this name, undefined while it writes that down. */
function publishedAs(name) {
  const folder = join(store, 'persist');
  return readdirSync(folder)
    .filter((file) => file.startsWith('AccessoryInfo.'))
    .map((file) => whole(readFileSync(join(folder, file), 'utf8')))
    .find((accessory) => accessory?.displayName.startsWith(name));
}

/** Homebridge writes its files in place: for a moment they are empty or cut off. */
function whole(json) {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Homebridge brings a painter of QR codes for its own; without it the digits serve. */
function drawCode(text) {
  let lines = [];
  try {
    const qrcode = createRequire(inProject('node_modules', 'homebridge', 'package.json'))('qrcode-terminal');
    qrcode.generate(text, { small: true }, (drawn) => (lines = [...drawn.trimEnd().split('\n'), '']));
  } catch {
    return [];
  }
  return lines;
}

async function announce(name, port) {
  const since = Date.now();
  let hinted = false;
  while (!ending.signal.aborted) {
    const accessory = (await answers(port)) ? publishedAs(name) : undefined;
    if (accessory !== undefined) {
      const rule = '─'.repeat(84);
      const lines = welcome({ accessory, drawCode, settings: relative(process.cwd(), configFile) });
      say(['', rule, ...lines.map((line) => `  ${line}`.trimEnd()), rule, ''].join('\n'));
      return;
    }
    if (!hinted && Date.now() - since > HINT_AFTER_MS) {
      hinted = true;
      say(`start: "${name}" is not published yet; the lines above say why.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Runs Homebridge in a process group of its own, so that nothing of it can be left when it has gone. */
function runHomebridge() {
  const child = spawn(
    hubNode(),
    [
      '--import',
      new URL('leash.mjs', import.meta.url).href,
      inProject('node_modules', 'homebridge', 'bin', 'homebridge.js'),
      ...['-U', store, '-P', root, '--strict-plugin-resolution', '-Q', '-T'],
    ],
    { cwd: root, detached: true, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] },
  );
  const killAll = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };
  let lastWord;
  ending.signal.addEventListener('abort', () => {
    child.kill(ending.signal.reason);
    lastWord = setTimeout(killAll, LAST_WORD_MS);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(lastWord);
      killAll();
      resolve(code ?? 1);
    });
  });
}

/** npm does not pass on the signal that kills it: whoever it ran has another parent then. */
function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = process.ppid;
  setInterval(() => {
    if (process.ppid !== npm) ending.abort('SIGTERM');
  }, 500).unref();
}

async function start(args) {
  endOnSignals();
  endWithNpm();
  const given = process.env.LOOKOUT_SOURCE ? [process.env.LOOKOUT_SOURCE] : args;
  const { source, fault } = readSource(given, (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
  if (fault !== undefined) throw new Refusal(`start: ${fault}`);

  await setUp({ tests: false });
  await build();
  const isFile = source !== undefined && existsSync(source);
  const camera =
    source === undefined
      ? { id: 'demo', name: 'Demo', source: await demoScene() }
      : { id: 'camera', name: 'Camera', source: isFile ? resolve(source) : source };

  mkdirSync(store, { recursive: true, mode: 0o700 });
  const previous = readConfig();
  if (previous !== undefined && (await answers(previous.ports.start))) {
    throw new Refusal('start: this hub is running already; end that one first.');
  }
  const port = await choosePort(firstPort(previous));
  const config = hubConfig(previous, { camera, port, random: randomBytes });
  writeConfig(config);

  const used = config.platforms[0].cameras[0];
  say(`start: running a hub for "${used.name}" (${source === undefined ? 'demonstration' : maskAddress(source)}) …`);
  const [code] = await Promise.all([
    runHomebridge().finally(() => ending.abort('SIGTERM')),
    announce(used.name, config.ports.start),
  ]);
  return code;
}

await runAsScript(start);
