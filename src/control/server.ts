import { mkdir } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Log } from '../camera/log.js';
import { codeOf } from '../events/files.js';
import { claim, InUse } from './claim.js';
import { Lines } from './lines.js';
import { type Answer, MAX_REQUEST, type Request, RequestError, requestOf } from './messages.js';
import { controlPath } from './path.js';

export interface ControlOptions {
  /** `lookout`, below Homebridge's storage folder. */
  readonly folder: string;
  /** Does what is asked for, and gives the result. @throws {RequestError} */
  readonly handle: (request: Request) => Promise<unknown>;
  readonly log: Pick<Log, 'warn' | 'debug'>;
  readonly signal: AbortSignal;
  /** Without a request for so long a connection is closed, ms; default 30,000. */
  readonly patience?: number;
}

const PATIENCE = 30_000;
const MOST_CONNECTIONS = 32;
/** Of one connection, at once. */
const MOST_REQUESTS = 16;
/** Milliseconds. */
const LAST_WORDS = 1000;
/** Who does not read his answers is hung up on, bytes. */
const MOST_UNREAD = 4 * 1024 * 1024;

/**
 * The hub's door for the settings page and the command line, open until `signal` is aborted. Without it the hub does
 * the same as with it, so that what is in its way is said and no more.
 *
 * @returns fulfilled when the door is open, or cannot be opened
 */
export async function openControl({ folder, log, signal, ...options }: ControlOptions): Promise<void> {
  const { handle, patience = PATIENCE } = options;
  const path = controlPath(folder);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, handle, patience, log);
  });
  server.maxConnections = MOST_CONNECTIONS;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await claim(server, path, join(folder, 'control.lock'));
  } catch (error) {
    log.warn(`The settings page and the command line cannot speak to this hub: ${reasonOf(error, path)}.`);
    return;
  }
  server.on('error', (error) => {
    log.debug(`The control socket: ${error.message}`);
  });
  const close = (): void => {
    closeServer(server, sockets);
  };
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
}

/** Takes the socket's file away, too. */
function closeServer(server: Server, sockets: ReadonlySet<Socket>): void {
  server.close();
  for (const socket of sockets) socket.destroy();
}

function reasonOf(error: unknown, path: string): string {
  if (error instanceof InUse) return `${error.message} (${path}). Stop it, and restart this one`;
  const tooLong = codeOf(error) === 'EINVAL' || codeOf(error) === 'ENAMETOOLONG';
  if (tooLong) return `${path} is too long for a socket. Use a storage folder with a shorter path`;
  return `${path}: ${error instanceof Error ? error.message : String(error)}`;
}

/** One connection: requests are answered one after the other. */
function serve(socket: Socket, handle: ControlOptions['handle'], patience: number, log: ControlOptions['log']): void {
  const lines = new Lines(MAX_REQUEST);
  let waiting = 0;
  let refused = false;
  let work: Promise<void> = Promise.resolve();
  const say = (answer: Answer): void => {
    if (!socket.writable) return;
    socket.write(`${JSON.stringify(answer)}\n`);
    if (socket.writableLength > MOST_UNREAD) socket.destroy();
  };
  /** Reads on for a moment, unheard: whoever is hung up on in the middle of a word does not hear why. */
  const refuse = (answer: Answer): void => {
    refused = true;
    say(answer);
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LAST_WORDS);
    socket.once('close', () => {
      clearTimeout(timer);
    });
  };
  socket.setTimeout(patience, () => socket.destroy());
  // Whoever goes away goes away.
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    if (refused) return;
    const whole = lines.push(chunk);
    if (whole === undefined) {
      refuse(faulty(new RequestError('malformed', `A request has at most ${MAX_REQUEST} bytes.`)));
      return;
    }
    if (waiting + whole.length > MOST_REQUESTS) {
      refuse(faulty(new RequestError('busy', `At most ${MOST_REQUESTS} requests wait for their answers.`)));
      return;
    }
    for (const line of whole) {
      waiting++;
      work = work.then(async () => {
        say(await answerTo(line, handle, log));
        waiting--;
      });
    }
  });
}

async function answerTo(line: string, handle: ControlOptions['handle'], log: ControlOptions['log']): Promise<Answer> {
  try {
    return { ok: true, result: await handle(requestOf(line)) };
  } catch (error) {
    if (error instanceof RequestError) return faulty(error);
    log.warn(`A request could not be done: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return faulty(new RequestError('failed', 'The hub could not do it; its log says why.'));
  }
}

const faulty = ({ fault, message }: RequestError): Answer => ({ ok: false, fault, message });
