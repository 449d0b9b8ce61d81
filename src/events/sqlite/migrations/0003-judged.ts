/** What people said of events is asked for once a minute, and is little. */
export const sql = `
CREATE INDEX events_judged ON events (camera, verdict, start, seq) WHERE verdict IS NOT NULL;
`;
