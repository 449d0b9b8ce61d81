import type { OnvifAccess } from './access.js';
import type { OnvifDevice, OnvifError, OnvifInformation } from '../../onvif/device.js';

/** Maker and model, as far as they are known. */
export const deviceName = ({ maker, model }: OnvifInformation): string | undefined =>
  [maker, model].filter((each) => each !== undefined && each !== '').join(' ') || undefined;

/** What a camera offers, in words. */
export const offersOf = ({ events, presets, nightVision, backchannel }: OnvifDevice['offers']): string[] => [
  ...(events ? ['events'] : []),
  ...(presets ? ['presets'] : []),
  ...(nightVision ? ['night vision'] : []),
  ...(backchannel ? ['talking back'] : []),
];

/** A clock that is right enough for whoever reads times in the camera's pictures, ms. */
const RIGHT = 60_000;

/** ` Its clock is 9 hours ahead.`; empty where it is right. @param offset what has to be added to it, ms */
function clockOf(offset: number): string {
  const off = Math.abs(offset);
  if (off < RIGHT) return '';
  const [span, unit] = off < 7_200_000 ? [60_000, 'min'] : off < 172_800_000 ? [3_600_000, 'h'] : [86_400_000, 'days'];
  return ` Its clock is ${Math.round(off / span)} ${unit} ${offset < 0 ? 'ahead' : 'behind'}.`;
}

/** Of a recorder; empty where there is one picture alone, or where the admin has said which. */
function sourcesOf(sources: number, { channel, streams }: Pick<OnvifAccess, 'channel' | 'streams'>): string {
  if (sources < 2 || channel !== undefined) return '';
  const which = streams ? 'the one with the largest picture is used' : 'what all of them see is heard';
  return ` Of its ${sources} video sources ${which}: name one in "onvif.channel".`;
}

/** `ONVIF: Acme X1 offers events, presets.` */
export function found(
  {
    information,
    offers,
    clockOffset,
    sources,
  }: Pick<OnvifDevice, 'information' | 'offers' | 'clockOffset' | 'sources'>,
  access: Pick<OnvifAccess, 'channel' | 'streams'>,
  back: boolean,
): string {
  const what = offersOf(offers).join(', ') || 'nothing but its streams';
  const name = deviceName(information) ?? 'the camera';
  return `ONVIF${back ? ' is back' : ''}: ${name} offers ${what}.${sourcesOf(sources, access)}${clockOf(clockOffset)}`;
}

const sentence = (text: string): string => text.replace(/\.?$/, '.');

/** Why nothing comes by ONVIF, and what goes on. @param events they are wanted */
export function lost({ fault, message }: OnvifError, events: boolean): string {
  const meanwhile = events ? 'What the camera itself sees is not heard; pictures go on' : 'Pictures go on';
  const next = fault === 'login' ? '. The next attempt is in 5 minutes: cameras lock accounts' : '';
  return `its ONVIF cannot be used. ${sentence(message)} ${meanwhile}${next}.`;
}

/** Why its events do not come, while the rest of it works. */
export const deaf = ({ message }: OnvifError): string =>
  `what the camera itself sees is not heard. ${sentence(message)} Set "onvif.events" to false where it cannot tell.`;
