/**
 * Two columns of a segment hold lists, as JSON: nearly every row has neither, and DuckDB writes five
 * empty columns for a list of structs, which took 4 % of landing's time. These expressions read them.
 */

/** `flags` of a segment, as varchar[]. */
export const storedFlags = `from_json(flags, '["varchar"]')`;

/** `redactions` of a segment: what was replaced, where it stands now and where it stood. */
export const storedRedactions = `from_json(redactions, '[{
  "start": "integer", "length": "integer", "source_start": "integer", "source_length": "integer",
  "fingerprints": ["varchar"]}]')`;
