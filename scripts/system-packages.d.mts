export type System = 'debian' | 'macos' | 'other';
export type Ask = (command: string, args: readonly string[]) => string | undefined;
export function whichSystem(platform: string, ask: Ask): System;
export function missingPackages(system: System, need: { tests: boolean; ffmpeg: boolean }, ask: Ask): string[];
export function installCommand(system: System, packages: readonly string[]): string;
