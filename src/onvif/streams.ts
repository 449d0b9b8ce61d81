import type { OnvifProfile } from './device.js';

/** The profiles to watch and to show, by size. */
export interface ChosenStreams {
  readonly main: OnvifProfile;
  /** Smaller, of the same picture; undefined where there is none. */
  readonly sub: OnvifProfile | undefined;
}

type Video = NonNullable<OnvifProfile['video']>;
type Shown = OnvifProfile & { readonly video: Video };

/** From this width on H.264, which plays everywhere, is preferred to a larger HEVC picture. */
const WIDE_ENOUGH = 1280;
const NARROWEST_SUB = 320;
/** Aspects that differ by less are the same: 704×576 and 640×360 are not, 1920×1088 and 640×360 are. */
const SAME_ASPECT = 0.1;

/**
 * Main is the largest H.264, or the largest HEVC where no H.264 is at least 1280 wide; sub the smallest with main's
 * aspect that is at least 320 wide. JPEG is neither: each of its pictures is sent whole.
 *
 * @returns undefined where no profile has such a picture
 */
export function chooseStreams(profiles: readonly OnvifProfile[]): ChosenStreams | undefined {
  const shown = profiles.filter(isShown);
  const h264 = largest(shown.filter(({ video }) => video.codec === 'h264'));
  const hevc = largest(shown.filter(({ video }) => video.codec === 'hevc'));
  const main = h264 === undefined || (h264.video.width < WIDE_ENOUGH && hevc !== undefined) ? (hevc ?? h264) : h264;
  if (main === undefined) return undefined;
  const subs = shown.filter(
    ({ video }) => video.width >= NARROWEST_SUB && area(video) < area(main.video) && isAlike(video, main.video),
  );
  return { main, sub: subs.sort((a, b) => area(a.video) - area(b.video) || rank(a) - rank(b))[0] };
}

const isShown = (profile: OnvifProfile): profile is Shown =>
  profile.video !== undefined &&
  (profile.video.codec === 'h264' || profile.video.codec === 'hevc') &&
  area(profile.video) > 0;

const area = ({ width, height }: Video): number => width * height;

const rank = ({ video }: Shown): number => (video.codec === 'h264' ? 0 : 1);

/** The first of the largest, which is what the camera puts first. */
const largest = (profiles: readonly Shown[]): Shown | undefined =>
  profiles.reduce<Shown | undefined>(
    (best, profile) => (best === undefined || area(profile.video) > area(best.video) ? profile : best),
    undefined,
  );

const isAlike = (a: Video, b: Video): boolean =>
  Math.abs(Math.log(a.width / a.height) - Math.log(b.width / b.height)) < SAME_ASPECT;
