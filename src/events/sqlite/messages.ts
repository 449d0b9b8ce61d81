import type { StoreFault } from '../store.js';
import type { Role } from './database.js';
import type { Requests } from './records.js';

/** What the worker is started with. */
export interface WorkerOptions {
  readonly folder: string;
  readonly role: Role;
  readonly patience: number;
}

export interface Request {
  readonly id: number;
  readonly name: keyof Requests | 'close';
  readonly args: readonly unknown[];
}

export interface Failure {
  readonly fault: StoreFault;
  readonly message: string;
}

export type Reply =
  /** Once, before any other: it is open, or cannot be opened. */
  | { readonly type: 'opened'; readonly mended: readonly string[] }
  | { readonly type: 'not-opened'; readonly failure: Failure }
  | { readonly type: 'done'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly failure: Failure }
  /** It was found damaged while it was in use, and repaired. */
  | { readonly type: 'mended'; readonly sentences: readonly string[] };
