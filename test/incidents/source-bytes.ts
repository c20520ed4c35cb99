const redaction = /redacted:hmac-sha256:[0-9a-f]{64}/;

/** Whether what `show --raw` printed stands in one of the sources, redacted parts aside. */
export function sourceHolds(sources: string[], shown: string): boolean {
  const text = shown.replace(/\n$/, '');
  if (sources.some((source) => source.includes(text))) return true;
  const pieces = text.split(redaction);
  if (pieces.length === 1) return false;
  return sources.some((source) => {
    let from = 0;
    for (const piece of pieces) {
      const at = source.indexOf(piece, from);
      if (at < 0) return false;
      from = at + piece.length;
    }
    return true;
  });
}
