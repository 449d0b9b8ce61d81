/** When somebody rang: a list of times in JSON, null where nobody did. */
export const sql = `
ALTER TABLE events ADD COLUMN rings TEXT CHECK (rings IS NULL OR json_valid(rings));
`;
