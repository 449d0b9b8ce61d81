import type Sharp from 'sharp';

let loading: Promise<typeof Sharp | undefined> | undefined;

/** The image library, which works in threads of its own; undefined where it is not installed or does not run here. */
export function loadSharp(): Promise<typeof Sharp | undefined> {
  loading ??= import('sharp').then(
    ({ default: sharp }) => {
      // Its memory of earlier operations never holds what is asked for next.
      sharp.cache(false);
      return sharp;
    },
    () => undefined,
  );
  return loading;
}
