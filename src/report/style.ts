/** The few ways in which a report sets text off; the plain one leaves it as it is. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  warn(text: string): string;
}

const between = (code: number, end: number) => (text: string) =>
  `\u001b[${code}m${text}\u001b[${end}m`;

export const plainStyle: Style = {
  bold: (text) => text,
  dim: (text) => text,
  warn: (text) => text,
};

export const colourStyle: Style = {
  bold: between(1, 22),
  dim: between(2, 22),
  warn: between(33, 39),
};
