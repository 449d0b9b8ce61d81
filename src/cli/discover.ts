import type { FoundCamera } from '../onvif/device.js';
import { discover } from '../onvif/discovery.js';
import type { Command } from './command.js';
import { numberIn, readArguments, UsageError } from './command.js';
import { plain } from './event-format.js';

const HELP = `lookout discover [--wait SECONDS] [--json]

The ONVIF cameras that answer on this computer’s networks, each with the line for the settings. Nobody is logged in to,
and Lookout need not run. Exit code 1 says that none has answered.

  --wait SECONDS      how long answers are waited for, 1 to 60; else 4
  --json              one JSON object for each camera`;

const DEFAULT_PORTS = { onvif: 80, onvifs: 443 } as const;

/** @param ask how the network is asked */
export const discoverCommand = (ask: typeof discover): Command => ({
  help: HELP,
  async run(args, { print, complain, signal }) {
    const { values, positionals } = readArguments(args, { wait: { type: 'string' }, json: { type: 'boolean' } });
    if (positionals[0] !== undefined) throw new UsageError(`“${positionals[0]}” is one word too many.`);
    const wait = values.wait === undefined ? undefined : numberIn('--wait', values.wait, 1, 60) * 1000;
    const cameras = await ask({ signal, ...(wait !== undefined && { wait }) });
    for (const camera of cameras)
      for (const line of values.json === true ? [JSON.stringify(asJson(camera))] : linesOf(camera))
        await print(values.json === true ? line : plain(line));
    if (cameras.length > 0) return 0;
    complain(
      'No camera has answered. Is ONVIF switched on in it, is it in the same network, and does a firewall let UDP port ' +
        '3702 pass? It may do without: "source": "onvif://USER:PASSWORD@ITS-ADDRESS".',
    );
    return 1;
  },
});

export const command = discoverCommand(discover);

/** What stands in the settings for a camera that was found. */
export function sourceFor({ host, port, tls, path = '' }: FoundCamera['address']): string {
  const scheme = tls ? 'onvifs' : 'onvif';
  const server = host.includes(':') ? `[${host.replace('%', '%25')}]` : host;
  const isUsual = port === undefined || port === DEFAULT_PORTS[scheme];
  return `${scheme}://USER:PASSWORD@${server}${isUsual ? '' : `:${port}`}${path}`;
}

const asJson = ({ id, name, model, address }: FoundCamera): object => ({
  id,
  name: name ?? null,
  model: model ?? null,
  host: address.host,
  port: address.port ?? (address.tls ? DEFAULT_PORTS.onvifs : DEFAULT_PORTS.onvif),
  tls: address.tls,
  source: sourceFor(address),
});

function linesOf({ name, model, address }: FoundCamera): string[] {
  const what = [name, model].filter((each) => each !== undefined && each !== '');
  const known = [...new Set(what)].join(', ');
  return [`${address.host}${known === '' ? '' : `  ${known}`}`, `  "source": "${sourceFor(address)}"`];
}
