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

/** `ONVIF: Acme X1 offers events, presets.` */
export function found({ information, offers }: Pick<OnvifDevice, 'information' | 'offers'>, back: boolean): string {
  const what = offersOf(offers).join(', ') || 'nothing but its streams';
  return `ONVIF${back ? ' is back' : ''}: ${deviceName(information) ?? 'the camera'} offers ${what}.`;
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
