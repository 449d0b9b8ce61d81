/** `HDSProtocolSpecificErrorReason`, in words, by number. */
const REASONS = [
  'normal',
  'not allowed',
  'busy',
  'cancelled',
  'unsupported',
  'unexpected failure',
  'timeout',
  'bad data',
  'protocol error',
  'invalid configuration',
];

/** @param reason undefined where the connection was lost */
export function closeReason(reason: number | undefined): string {
  if (reason === undefined) return 'connection lost';
  return REASONS[reason] ?? `reason ${reason}`;
}
