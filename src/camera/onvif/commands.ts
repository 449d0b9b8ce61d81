import { type OnvifDevice, OnvifError } from '../../onvif/device.js';

/** Whatever went wrong, in words for the admin. */
export const faultOf = (error: unknown): OnvifError =>
  error instanceof OnvifError
    ? error
    : new OnvifError('nonsense', error instanceof Error ? error.message : String(error), { cause: error });

/** @throws {OnvifError} what did not come until `signal` was aborted says so */
export async function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted && !(error instanceof OnvifError))
      throw new OnvifError('silent', 'It did not answer in time.', { cause: error });
    throw faultOf(error);
  }
}

/** Moves the camera to a preset of that name; upper and lower case are the same. @throws {OnvifError} */
export async function goToPreset(
  device: Pick<OnvifDevice, 'presets' | 'goTo'>,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const presets = await inTime(device.presets(signal), signal);
  const fold = (text: string): string => text.trim().toLowerCase();
  const preset = presets.find((each) => fold(each.name) === fold(name));
  if (preset === undefined) {
    const others = presets.map((each) => `“${each.name}”`).join(', ');
    throw new OnvifError('refused', `It has no preset “${name}”. It has ${others || 'none'}. See "onvif.presets".`);
  }
  await inTime(device.goTo(preset.token, signal), signal);
}
