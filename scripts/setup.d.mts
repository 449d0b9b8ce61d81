type Packages = Readonly<Record<string, { version?: string; optional?: boolean }>>;
export function inStep(lock: Packages, installed: Packages | undefined): boolean;
