// A picture for every artwork id, drawn from the id alone: no assets, the same on every device.

import { chance } from "./options.js";

const SIZE = 1000;

/**
 * @param {string} artworkId
 * @returns {string}  the markup of an svg element, meant to be looked at and not to be read aloud
 */
export function drawing(artworkId) {
  const random = chance(artworkId);
  for (let i = 0; i < 4; i += 1) random(); // The first numbers of similar ids are similar.
  const colours = palette(random);
  const styles = [discs, hills, weave, arches];
  const shapes = styles[Math.floor(random() * styles.length)](random, colours);
  const angle = Math.round(random() * 360);
  return `<svg viewBox="0 0 ${SIZE} ${SIZE}" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
    <defs><linearGradient id="ground" gradientTransform="rotate(${angle} .5 .5)">
      <stop stop-color="${colours[0]}"/><stop offset="1" stop-color="${colours[1]}"/>
    </linearGradient></defs>
    <rect width="${SIZE}" height="${SIZE}" fill="url(#ground)"/>${shapes}</svg>`;
}

/**
 * A picture that the server has, as an image: scripts in it do not run there.
 * @param {string} svg  an SVG document
 * @returns {string}
 */
export function framed(svg) {
  return `<img alt="" src="data:image/svg+xml,${encodeURIComponent(svg)}">`;
}

/**
 * Many artworks at once, each a tile in its own colours.
 * @param {string[]} artworkIds
 * @returns {string}
 */
export function wall(artworkIds) {
  const columns = Math.ceil(Math.sqrt(artworkIds.length));
  const side = SIZE / columns;
  const tiles = artworkIds.map((id, index) => {
    const [ground, , colour] = palette(chance(id));
    const [x, y] = [(index % columns) * side, Math.floor(index / columns) * side];
    return `<rect x="${x}" y="${y}" width="${side}" height="${side}" fill="${ground}"/>
      <circle cx="${x + side / 2}" cy="${y + side / 2}" r="${side / 3}" fill="${colour}"/>`;
  });
  return `<svg viewBox="0 0 ${SIZE} ${SIZE}" aria-hidden="true">${tiles.join("")}</svg>`;
}

/** @typedef {() => number} Random */

/** Two deep tones for the ground, three that stand out from it. @param {Random} random */
function palette(random) {
  const hue = random() * 360;
  const turn = 25 + random() * 60;
  const tone = (/** @type {number} */ step, /** @type {number} */ chroma, /** @type {number} */ light) =>
    `hsl(${Math.round(hue + step * turn) % 360} ${chroma}% ${light}%)`;
  return [tone(0, 45, 16), tone(1, 50, 30), tone(2, 70, 58), tone(3, 75, 68), tone(5, 80, 78)];
}

/** @param {Random} random @param {string[]} colours */
function discs(random, colours) {
  return repeat(9, (i) => {
    const radius = 60 + random() * 260;
    const [x, y] = [random() * SIZE, random() * SIZE];
    return `<circle cx="${x | 0}" cy="${y | 0}" r="${radius | 0}" fill="${colours[2 + (i % 3)]}"
      opacity="${(0.25 + random() * 0.55).toFixed(2)}"/>`;
  });
}

/** @param {Random} random @param {string[]} colours */
function hills(random, colours) {
  const sun = `<circle cx="${200 + random() * 600}" cy="${200 + random() * 150}"
    r="${70 + random() * 70}" fill="${colours[4]}"/>`;
  return sun + repeat(5, (i) => {
    const base = 400 + i * 120;
    const [left, middle, right] = [random() * 160, random() * 220, random() * 160];
    return `<path d="M0 ${base - left}C250 ${base - middle} 450 ${base + middle / 2} 640 ${base}
      S900 ${base - right} 1000 ${base - right / 2}V1000H0Z" fill="${colours[i % 4]}"
      opacity="${(0.55 + i * 0.1).toFixed(2)}"/>`;
  });
}

/** @param {Random} random @param {string[]} colours */
function weave(random, colours) {
  return repeat(22, (i) => {
    const [at, width] = [random() * SIZE, 8 + random() * 60];
    const bar = i % 2 ? `x="${at | 0}" width="${width | 0}" height="${SIZE}"`
      : `y="${at | 0}" height="${width | 0}" width="${SIZE}"`;
    return `<rect ${bar} fill="${colours[2 + (i % 3)]}" opacity="${(0.15 + random() * 0.5).toFixed(2)}"/>`;
  });
}

/** @param {Random} random @param {string[]} colours */
function arches(random, colours) {
  return repeat(4, (column) =>
    repeat(4, (ring) => {
      const [x, radius] = [column * 250 + 125, 118 - ring * 28];
      const top = 300 + (column % 2) * 180 + random() * 60 + ring * 24;
      return `<path d="M${x - radius} ${SIZE}V${top + radius}a${radius} ${radius} 0 0 1
        ${2 * radius} 0V${SIZE}Z" fill="${colours[(column + ring) % 5]}"/>`;
    }),
  );
}

/** @param {number} count @param {(index: number) => string} draw */
const repeat = (count, draw) => Array.from({ length: count }, (_, index) => draw(index)).join("");
