import { type OnvifAddress, type OnvifDevice, OnvifError, type OnvifProfile } from '../../onvif/device.js';
import { chooseStreams } from '../../onvif/streams.js';
import type { SourceAddress } from '../../settings/source-address.js';
import { streamAddress } from './access.js';
import { faultOf } from './commands.js';
import { presence } from './patience.js';
import type { Streams } from './streams.js';

/** Asks a camera where its main stream and its smaller one are. @throws {OnvifError} where it has no picture, or is gone */
export async function findStreams(
  device: Pick<OnvifDevice, 'profiles' | 'streamUrl'>,
  address: OnvifAddress,
  signal: AbortSignal,
): Promise<Streams> {
  const chosen = chooseStreams(device.profiles);
  if (chosen === undefined) throw new OnvifError('nonsense', 'The camera offers no picture: see its media profiles.');
  const of = async ({ token }: OnvifProfile): Promise<SourceAddress> => {
    const found = streamAddress(await device.streamUrl(token, signal), address);
    if (found !== undefined) return found;
    throw new OnvifError(
      'nonsense',
      'The camera names no RTSP address of its stream: find it, and use it as "source".',
    );
  };
  const main = await of(chosen.main);
  return { main, sub: chosen.sub && (await of(chosen.sub).catch(unlessSilent)) };
}

/** A smaller stream that the camera names and does not have is one that it does not have. */
function unlessSilent(error: unknown): undefined {
  if (presence(faultOf(error).fault) === 'gone') throw error;
}
