/** Seconds from 1900 to 1970 (RFC 5905, figure 4). */
const EPOCH_SECONDS = 2_208_988_800;

/** 64-bit NTP time of milliseconds since 1970, as two 32-bit halves; the seconds wrap in 2036. */
export function ntpTime(wallclock: number): { seconds: number; fraction: number } {
  const whole = Math.floor(wallclock / 1000);
  return {
    seconds: (whole + EPOCH_SECONDS) % 2 ** 32,
    fraction: Math.floor(((wallclock - whole * 1000) / 1000) * 2 ** 32),
  };
}

/** The middle 32 bits: 1/65536 s, as reports echo them (RFC 3550, 4). */
export function compactNtp(wallclock: number): number {
  const { seconds, fraction } = ntpTime(wallclock);
  return (seconds % 65_536) * 65_536 + Math.floor(fraction / 65_536);
}
