import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give out by themselves (Linux: from 32,768 on, others: from 49,152). */
const FIRST = 20_000;
const END = 32_000;

/**
 * A port of 127.0.0.1 for a program that has to be told one. Nobody is given it in the meantime who asks for just any,
 * as all other programs of the tests do.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
