/** What is said when a camera can be added: its setup code, large and for a phone's camera, and what to do next. */
import { largeDigits } from './large-digits.mjs';

/** What a phone reads from the code: category, "reachable over IP" (bit 28), setup code, then the setup id, base 36. */
export function setupUri({ category, pincode, setupID }) {
  const payload = category * 2 ** 31 + 2 ** 28 + Number(pincode.replaceAll('-', ''));
  return `X-HM://${payload.toString(36).toUpperCase().padStart(9, '0')}${setupID}`;
}

/**
 * @param accessory what Homebridge keeps of the camera: `displayName`, `category`, `pincode`, `setupID`, `pairedClients`
 * @param drawCode `drawCode(text)`: lines of a QR code; none where it cannot be drawn
 * @param settings the settings file's path
 */
export function welcome({ accessory, drawCode, settings }) {
  const { displayName, pincode, pairedClients } = accessory;
  const lines =
    Object.keys(pairedClients).length > 0
      ? [`"${displayName}" is running and already in a home: open the Home app.`]
      : [
          `"${displayName}" is running. Its setup code is ${pincode}`,
          '',
          ...largeDigits(pincode),
          '',
          ...drawCode(setupUri(accessory)),
          'With an iPhone or iPad in the same network: point its camera at the square code,',
          `or in the Home app: + → Add Accessory → More options → "${displayName}" → enter the code.`,
          'The Home app warns that this accessory is not certified: choose Add Anyway.',
        ];
  return [
    ...lines,
    '',
    `Settings       ${settings} (read at the next start)`,
    'A real camera  npm start -- "rtsp://user:password@192.168.1.20/stream"',
    'Stop           Ctrl-C',
  ];
}
