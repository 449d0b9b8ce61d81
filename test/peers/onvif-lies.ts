import type { ServerResponse } from 'node:http';

/**
 * What is wrong with an answer. `hang`: none. `cut`: half of it. `html`: a web page. `fault`: a SOAP fault. `error`: 500
 * without anything. `huge`: 4 MiB. `moved`: to TLS. `refused`: 401. `broken`: the connection ends. `nonsense`: bytes.
 */
export type Lie = 'hang' | 'cut' | 'html' | 'fault' | 'error' | 'huge' | 'moved' | 'refused' | 'broken' | 'nonsense';

/** Answers with something that is no SOAP. */
export function tellLie(lie: Exclude<Lie, 'fault'>, response: ServerResponse, challenge: string): void {
  switch (lie) {
    case 'hang':
      break;
    case 'broken':
      response.destroy();
      break;
    case 'cut': {
      const whole = `<?xml version="1.0"?><s:Envelope xmlns:s="s"><s:Body><a/></s:Body></s:Envelope>`;
      response.writeHead(200, { 'Content-Length': String(whole.length) });
      response.write(whole.slice(0, -20), () => response.destroy());
      break;
    }
    case 'html':
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html><body><p>Welcome</p></body></html>');
      break;
    case 'error':
      response.writeHead(500).end();
      break;
    case 'huge':
      response.writeHead(200).end(Buffer.alloc(4 * 1024 * 1024, '<a b="c">d</a>'));
      break;
    case 'moved':
      response.writeHead(301, { Location: 'https://127.0.0.1/onvif/device_service' }).end('<html></html>');
      break;
    case 'refused':
      response.writeHead(401, { 'WWW-Authenticate': challenge }).end();
      break;
    case 'nonsense':
      response.writeHead(200).end(Buffer.from([0xff, 0xfe, 0x00, 0x3c, 0x26, 0x3c, 0x3c]));
      break;
  }
}
