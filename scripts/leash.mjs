/** Loaded into the hub: file descriptor 3 is held by whoever started it, and when that has gone, the hub ends too. */
import { Socket } from 'node:net';

const leash = new Socket({ fd: 3, readable: true, writable: false });
leash.on('error', () => undefined);
leash.once('close', () => process.kill(process.pid, 'SIGTERM'));
leash.resume();
leash.unref();
