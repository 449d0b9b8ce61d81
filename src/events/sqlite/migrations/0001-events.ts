/** Masks are 64×36 bits. Times are milliseconds since the epoch. Lists and maps that are never searched are JSON. */
export const sql = `
CREATE TABLE events (
  seq              INTEGER PRIMARY KEY,
  id               TEXT NOT NULL UNIQUE CHECK (length(id) = 15),
  camera           TEXT NOT NULL,
  start            INTEGER NOT NULL,
  detected_at      INTEGER NOT NULL,
  end              INTEGER NOT NULL,
  state            TEXT NOT NULL,
  category         TEXT NOT NULL,
  label            TEXT,
  confidence       REAL NOT NULL,
  box              TEXT NOT NULL CHECK (json_valid(box)),
  mask             BLOB NOT NULL CHECK (length(mask) = 288),
  tracks           TEXT NOT NULL CHECK (json_valid(tracks)),
  zones            TEXT NOT NULL CHECK (json_valid(zones)),
  importance       REAL NOT NULL,
  factors          TEXT NOT NULL CHECK (json_valid(factors)),
  held_back        TEXT,
  source           TEXT NOT NULL,
  agreement        TEXT NOT NULL CHECK (json_valid(agreement)),
  verdict          TEXT,
  feedback         TEXT CHECK (feedback IS NULL OR json_valid(feedback)),
  protected        INTEGER NOT NULL DEFAULT 0,
  continues        INTEGER REFERENCES events (seq) ON DELETE SET NULL,
  words            TEXT NOT NULL,
  picture          TEXT CHECK (picture IS NULL OR json_valid(picture)),
  preview          TEXT CHECK (preview IS NULL OR json_valid(preview)),
  picture_bytes    INTEGER NOT NULL DEFAULT 0,
  clip             TEXT CHECK (clip IS NULL OR json_valid(clip)),
  clip_bytes       INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX events_by_start ON events (start, seq);
CREATE INDEX events_by_camera ON events (camera, start, seq);
CREATE INDEX events_by_predecessor ON events (continues) WHERE continues IS NOT NULL;
CREATE INDEX events_ongoing ON events (seq) WHERE state = 'ongoing';
CREATE INDEX events_with_clip ON events (start, clip_bytes, protected) WHERE clip_bytes > 0;
CREATE INDEX events_with_picture ON events (start, picture_bytes, protected) WHERE picture_bytes > 0;

CREATE TABLE event_zones (
  zone TEXT NOT NULL,
  event INTEGER NOT NULL REFERENCES events (seq) ON DELETE CASCADE,
  PRIMARY KEY (zone, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_zones_by_event ON event_zones (event);

CREATE TABLE non_events (
  seq    INTEGER PRIMARY KEY,
  camera TEXT NOT NULL,
  at     INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX non_events_by_camera ON non_events (camera, at, reason);
CREATE INDEX non_events_by_time ON non_events (at);
`;
