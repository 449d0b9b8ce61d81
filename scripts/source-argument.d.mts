export function readSource(
  args: readonly string[],
  isFile: (path: string) => boolean,
): { source?: string; fault?: string };
export function maskAddress(address: string): string;
