import type { Page } from 'playwright-core';

/** Runs in the page: of each element that has text of its own, its colour and that behind it. */
const colours = `[...document.querySelectorAll('body *')]
  .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''))
  .map((each) => {
    let behind = each;
    const backOf = (element) => getComputedStyle(element).backgroundColor;
    while (behind.parentElement !== null && backOf(behind) === 'rgba(0, 0, 0, 0)') {
      behind = behind.parentElement;
    }
    return { text: each.textContent.slice(0, 80), ink: getComputedStyle(each).color, back: backOf(behind) };
  })`;

interface Coloured {
  text: string;
  ink: string;
  back: string;
}

/** The least contrast of any text of a page, as https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio has it. */
export async function contrastsOf(
  page: Page,
): Promise<{ least: { text: string; ratio: number }; count: number }> {
  const texts = (await page.evaluate(colours)) as Coloured[];
  const [least] = texts
    .map(({ text, ink, back }) => ({ text, ratio: contrast(luminance(ink), luminance(back)) }))
    .sort((a, b) => a.ratio - b.ratio);
  if (least === undefined) throw new Error('the page has no text');
  return { least, count: texts.length };
}

function contrast(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

function luminance(colour: string): number {
  const parts = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(colour)?.slice(1);
  if (parts === undefined) throw new Error(`not a solid colour: ${colour}`);
  const [red, green, blue] = parts.map((part) => {
    const value = Number(part) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
