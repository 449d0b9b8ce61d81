import { connect } from 'node:net';
import type * as z from 'zod';
import { codeOf } from '../events/files.js';
import { Lines } from './lines.js';
import { answerSchema, jsonOf, MAX_ANSWER, type Request, RequestError } from './messages.js';
import { controlPath } from './path.js';

/** The hub could not be asked. `not-running`; `forbidden`: another user's; `lost`: it gave no answer; `strange`: none that is understood. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  constructor(
    readonly fault: 'not-running' | 'forbidden' | 'lost' | 'strange',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface AskOptions {
  /** `lookout`, below Homebridge's storage folder. */
  readonly folder: string;
  /** Default 10,000 ms. */
  readonly patience?: number;
  readonly signal?: AbortSignal;
}

const PATIENCE = 10_000;

/**
 * Asks the running hub.
 *
 * @param result what the answer has to be
 * @throws {ControlError | RequestError}
 */
export async function ask<S extends z.ZodType>(request: Request, result: S, options: AskOptions): Promise<z.output<S>> {
  const line = await exchange(`${JSON.stringify(request)}\n`, options);
  const { data: answer } = answerSchema.safeParse(jsonOf(line));
  if (answer?.ok === false) throw new RequestError(answer.fault, answer.message.replace(/\p{C}/gu, '?'));
  const { data } = result.safeParse(answer?.result);
  if (data !== undefined) return data;
  throw new ControlError(
    'strange',
    'The hub’s answer is not understood. Restart Homebridge: it may run an older Lookout.',
  );
}

function exchange(request: string, { folder, patience = PATIENCE, signal }: AskOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const path = controlPath(folder);
    const socket = connect(path);
    const lines = new Lines(MAX_ANSWER);
    const end = (settle: () => void): void => {
      signal?.removeEventListener('abort', lost);
      socket.destroy();
      settle();
    };
    const lost = (): void => {
      end(() => {
        reject(new ControlError('lost', 'The hub gave no answer.'));
      });
    };
    socket.setTimeout(patience, lost);
    signal?.addEventListener('abort', lost, { once: true });
    if (signal?.aborted === true) lost();
    socket.on('connect', () => {
      socket.write(request);
    });
    socket.on('data', (chunk: Buffer) => {
      const whole = lines.push(chunk);
      if (whole === undefined) lost();
      else if (whole[0] !== undefined) {
        const [line] = whole;
        end(() => {
          resolve(line);
        });
      }
    });
    socket.on('end', lost);
    socket.on('error', (error) => {
      end(() => {
        reject(errorOf(error, folder));
      });
    });
  });
}

function errorOf(cause: Error, folder: string): ControlError {
  switch (codeOf(cause)) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return new ControlError(
        'not-running',
        `Lookout does not run with ${folder}. Start Homebridge, or say with --storage DIR which one is meant.`,
        { cause },
      );
    case 'EACCES':
    case 'EPERM':
      return new ControlError(
        'forbidden',
        `The hub of ${folder} is another user’s. Run this as the user who runs Homebridge.`,
        {
          cause,
        },
      );
    default:
      return new ControlError('lost', `The hub cannot be asked: ${cause.message}.`, { cause });
  }
}
