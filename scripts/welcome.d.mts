export interface PublishedAccessory {
  displayName: string;
  category: number;
  pincode: string;
  setupID: string;
  pairedClients: Readonly<Record<string, string>>;
}
export function setupUri(accessory: Pick<PublishedAccessory, 'category' | 'pincode' | 'setupID'>): string;
export function welcome(shown: {
  accessory: PublishedAccessory;
  drawCode: (text: string) => string[];
  settings: string;
}): string[];
