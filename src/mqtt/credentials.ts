import { readFile } from 'node:fs/promises';
import { codeOf } from '../events/files.js';
import type { MqttSettings } from '../settings/settings.js';

/** What it takes to be let in by the broker, beside its address. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** @throws {Error} a sentence that names the setting, without a full stop */
export async function readCredentials(settings: MqttSettings): Promise<Credentials> {
  const { url, passwordFile, ca, certificate, certificateKey } = settings;
  const username = settings.username ?? url.username;
  const password =
    passwordFile === undefined
      ? (settings.password ?? url.password)
      : firstLine(await contents('passwordFile', passwordFile));
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(ca !== undefined && { ca: await contents('ca', ca) }),
    ...(certificate !== undefined && { cert: await contents('certificate', certificate) }),
    ...(certificateKey !== undefined && { key: await contents('certificateKey', certificateKey) }),
  };
}

const firstLine = (text: Buffer): string => text.toString('utf8').split(/\r?\n/, 1)[0] ?? '';

async function contents(setting: keyof MqttSettings, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const reason = codeOf(error) || String(error);
    throw new Error(`"mqtt.${setting}" cannot be read (${reason})`, { cause: error });
  }
}
