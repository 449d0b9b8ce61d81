/** HomeKit cuts longer names. */
const LONGEST = 64;

/**
 * A name as HomeKit takes it: letters and digits at both ends, and only the punctuation between that HAP-NodeJS lets
 * pass (its checkName); a name with other characters may keep the Home app from adding the accessory.
 *
 * @param fallback where no letter or digit is left
 */
export function homeKitName(name: string, fallback = 'Camera'): string {
  const allowed = name.normalize('NFC').replace(/[^\p{L}\p{N}\p{Zs}\u2019'&!._:;()/,-]+/gu, ' ');
  const trimmed = allowed.replace(/\p{Zs}+/gu, ' ').slice(0, LONGEST);
  return trimmed.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '') || fallback;
}

/** Of a camera's name in that of its switch. */
const LONGEST_IN_SWITCH = 50;

/** A camera's switch by its name. @param label what it is, such as `Privacy` */
export function switchName(camera: string, label: string): string {
  const room = Math.min(LONGEST_IN_SWITCH, LONGEST - label.length - 1);
  return `${homeKitName(Array.from(camera).slice(0, room).join(''))} ${label}`;
}
