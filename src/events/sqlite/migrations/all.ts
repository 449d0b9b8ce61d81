import { sql as events } from './0001-events.js';
import { sql as rings } from './0002-rings.js';
import { sql as judged } from './0003-judged.js';

/** The schema's steps: the first makes version 1, and so on. A step that was released is never changed. */
export const MIGRATIONS: readonly string[] = [events, rings, judged];
