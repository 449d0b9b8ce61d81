import type { FoundProfile, Items } from './answers.js';
import { OnvifError } from './device.js';
import { chooseStreams } from './streams.js';

/** A device's video sources: lenses, or the cameras of a recorder. */

/** Their tokens, in the order in which the profiles name them. */
export const sourcesOf = (found: readonly FoundProfile[]): readonly string[] => [
  ...new Set(found.flatMap(({ source }) => source ?? [])),
];

/** Which of the sources is meant. */
export interface Wanted {
  /** By its number, from 1 on; undefined: that of the largest picture, where pictures are asked for. */
  readonly channel: number | undefined;
  readonly streams: boolean;
}

/**
 * The token of the source that is meant; undefined where that cannot be told, and all are heard.
 *
 * @param host for the words
 * @throws {OnvifError} where there is no such channel
 */
export function chosenSource(
  host: string,
  found: readonly FoundProfile[],
  { channel, streams }: Wanted,
): string | undefined {
  const sources = sourcesOf(found);
  if (channel !== undefined) {
    const chosen = sources[channel - 1];
    if (chosen !== undefined) return chosen;
    const has = sources.length === 1 ? 'one video source' : `${sources.length} video sources`;
    throw new OnvifError('refused', `${host} has ${has}, and no channel ${channel}. See "onvif.channel".`);
  }
  if (sources.length === 1) return sources[0];
  const main = streams ? chooseStreams(found.map(({ profile }) => profile))?.main : undefined;
  return found.find(({ profile }) => profile === main)?.source;
}

/** The profiles of a source; all of them where there is no other, or none is meant. */
export const profilesOfSource = (
  found: readonly FoundProfile[],
  source: string | undefined,
): readonly FoundProfile[] =>
  source === undefined || sourcesOf(found).length < 2 ? found : found.filter((each) => each.source === source);

const NAMES_SOURCE = /^(?:VideoSource(?:Token)?|Source(?:Token)?)$/i;
const NAMES_CONFIGURATION = /^VideoSourceConfiguration(?:Token)?$/i;

/**
 * Whether a message is of a source. It is another's only where it names one that the profiles know: many cameras of one
 * lens name what no profile has (`vsconf`, `V_SRC_000`), and what names nothing is of the whole device. Some put the
 * source's token where its configuration's belongs, and the other way round.
 *
 * @param source undefined: all are heard
 */
export function isOfSource(
  found: readonly FoundProfile[],
  source: string | undefined,
  items: readonly Items[],
): boolean {
  if (source === undefined) return true;
  const bySource = (token: string): string[] => (found.some((each) => each.source === token) ? [token] : []);
  const byConfiguration = (token: string): string[] =>
    found.flatMap((each) => (each.configuration === token && each.source !== undefined ? [each.source] : []));
  const named = items.flatMap(({ name, value }) => {
    const ways = NAMES_SOURCE.test(name)
      ? [bySource, byConfiguration]
      : NAMES_CONFIGURATION.test(name)
        ? [byConfiguration, bySource]
        : [];
    return ways.map((way) => way(value)).find((sources) => sources.length > 0) ?? [];
  });
  return named.length === 0 || named.includes(source);
}
