/** Which packages of the operating system are missing, and the command that installs them. */

/** What a real RTSP server, which plays the camera in the tests, is called on each system. */
const RTSP_SERVER = {
  debian: [
    'gir1.2-gst-rtsp-server-1.0',
    'python3-gst-1.0',
    'gstreamer1.0-plugins-base',
    'gstreamer1.0-plugins-good',
    'gstreamer1.0-plugins-bad',
  ],
  macos: ['gstreamer', 'pygobject3'],
  other: ['GStreamer with its RTSP server and its Python binding'],
};

/** A real MQTT broker, and clients that are not ours. */
const BROKER = { debian: ['mosquitto', 'mosquitto-clients'], macos: ['mosquitto'], other: ['mosquitto'] };

/** A browser for the settings page. */
const BROWSER = { debian: ['chromium'], macos: ['chromium'], other: ['Chromium'] };

const RTSP_SERVER_IMPORT =
  'import gi; gi.require_version("GstRtspServer", "1.0"); from gi.repository import GstRtspServer';

/**
 * @param platform as process.platform
 * @param ask `ask(command, args)`: a program's output, undefined when it is missing or fails
 */
export function whichSystem(platform, ask) {
  if (platform === 'darwin') return 'macos';
  return ask('dpkg-query', ['--version']) !== undefined && ask('apt-get', ['--version']) !== undefined
    ? 'debian'
    : 'other';
}

/**
 * @param need `tests`: the tests' packages count too. `ffmpeg`: one that the hub can use was found
 * @returns names as the system's package manager knows them
 */
export function missingPackages(system, { tests, ffmpeg }, ask) {
  // The tests' peers use the ffmpeg on the PATH, whatever the hub uses.
  const needsFfmpeg = !ffmpeg || (tests && ask('ffmpeg', ['-hide_banner', '-version']) === undefined);
  return [
    ...(needsFfmpeg ? ['ffmpeg'] : []),
    ...(tests
      ? [...missingRtspServer(system, ask), ...missingBroker(system, ask), ...missingBrowser(system, ask)]
      : []),
  ];
}

function missingRtspServer(system, ask) {
  if (system === 'debian') return notInstalled(RTSP_SERVER.debian, ask);
  const python = system === 'macos' ? 'python3' : '/usr/bin/python3';
  return ask(python, ['-c', RTSP_SERVER_IMPORT]) === undefined ? RTSP_SERVER[system] : [];
}

function missingBroker(system, ask) {
  if (system === 'debian') return notInstalled(BROKER.debian, ask);
  // Its programs end with a failure when they are asked for their version.
  return ask('which', ['mosquitto_pub']) === undefined ? BROKER[system] : [];
}

function missingBrowser(system, ask) {
  if (system === 'debian') return notInstalled(BROWSER.debian, ask);
  return ask('which', ['chromium']) === undefined ? BROWSER[system] : [];
}

function notInstalled(packages, ask) {
  const lines = ask('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package}\n']) ?? '';
  const installed = new Set(lines.split('\n'));
  return packages.filter((name) => !installed.has(`installed ${name}`));
}

/** @returns what to do about it, on one line */
export function installCommand(system, packages) {
  const names = packages.join(' ');
  if (system === 'macos') return `brew install ${names}`;
  if (system === 'debian') return `sudo apt-get install -y --no-install-recommends ${names}`;
  return "this system's package manager";
}
