export interface HubCamera {
  id: string;
  name: string;
  source: string;
}
export interface HubConfig {
  bridge: { name: string; username: string; pin: string; port: number; advertiser: string };
  ports: { start: number; end: number };
  platforms: { platform: string; cameras?: HubCamera[] }[];
}
export const PORTS: number;
export function newIdentity(random: (bytes: number) => Uint8Array): { username: string; pin: string };
export function firstPort(config: HubConfig | undefined): number | undefined;
export function hubConfig(
  previous: HubConfig | undefined,
  chosen: { camera: HubCamera; port: number; random: (bytes: number) => Uint8Array },
): HubConfig;
