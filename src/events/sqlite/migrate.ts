import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store.js';
import { MIGRATIONS } from './migrations/all.js';

export const versionOf = (db: DatabaseSync): number =>
  Number(db.prepare('PRAGMA user_version').get()?.['user_version']);

/**
 * Brings a database to the newest schema, one step a transaction, so that a power cut leaves it between two steps.
 * @throws {StoreError} `newer`
 */
export function migrate(db: DatabaseSync, steps: readonly string[] = MIGRATIONS): void {
  refuseNewer(db, steps);
  for (const [index, sql] of steps.entries()) {
    if (index < versionOf(db)) continue;
    db.exec('BEGIN IMMEDIATE');
    try {
      db.exec(sql);
      db.exec(`PRAGMA user_version = ${index + 1}; COMMIT`);
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  }
}

/** @throws {StoreError} `newer` */
export function refuseNewer(db: DatabaseSync, steps: readonly string[] = MIGRATIONS): void {
  const version = versionOf(db);
  if (version <= steps.length) return;
  throw new StoreError(
    'newer',
    `The events were written by a newer Lookout (version ${version} of their format, this one knows ${steps.length}). ` +
      'Update the plugin, or move the folder away to begin anew.',
  );
}
