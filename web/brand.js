// The tutor's colour, kept readable: contrast as WCAG 2.2 defines it.

const WHITE = [255, 255, 255];
const BLACK = [0, 0, 0];

export const LIGHT = [246, 245, 242];
export const DARK = [23, 24, 27];

const channel = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
const luminance = ([red, green, blue]) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);

export function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

// The colour nearest to the one wanted that stands out from its ground.
export function readable(colour, ground, least) {
  const end = contrast(WHITE, ground) > contrast(BLACK, ground) ? WHITE : BLACK;
  for (let share = 0; ; share += 0.05) {
    const mixed = colour.map((value, index) => Math.round(value + (end[index] - value) * Math.min(share, 1)));
    if (share >= 1 || contrast(mixed, ground) >= least) return mixed;
  }
}

const css = (colour) => `rgb(${colour.join(" ")})`;

export function paint(element, hex, ground) {
  const colour = [1, 3, 5].map((index) => parseInt(hex.slice(index, index + 2), 16));
  const fill = readable(colour, ground, 3);
  const onFill = contrast(WHITE, fill) >= contrast(BLACK, fill) ? WHITE : BLACK;
  element.style.setProperty("--brand", css(fill));
  element.style.setProperty("--on-brand", css(onFill));
  element.style.setProperty("--brand-ink", css(readable(colour, ground, 4.5)));
}
