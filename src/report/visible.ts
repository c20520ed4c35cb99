/**
 * Makes what a terminal would act on, or hide, visible as an escape.
 *
 * Log text is written by whoever could make a request: a user agent may hold an escape sequence that
 * clears the screen, or a bidirectional override that turns a name around.
 */
export function makeVisible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu, escapeCharacter);
}

/** The same for JSON text: everything stays the JSON it was, only written in ASCII where it matters. */
export function makeJsonVisible(json: string): string {
  return json.replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
