import type { IrCutFilter } from '../../onvif/device.js';

/**
 * Whether a camera may see by infrared light, which it does with its filter off. One whose filter is always off may,
 * and stays so until somebody switches.
 */
export const hasNightVision = (filter: IrCutFilter): boolean => filter !== 'on';

/** On: the camera decides itself when. Off: it never does. */
export const filterFor = (nightVision: boolean): IrCutFilter => (nightVision ? 'auto' : 'on');
