// Two small pictures in SVG: a gauge with a mark, and bars. Each has its sentence for who sees none.

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [text] */
function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/** @param {number} width @param {number} height @param {string} label */
function picture(width, height, label) {
  return shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
}

/** A share from 0 to 1, and what it should be. @param {number} share @param {number} target */
export function gauge(share, target) {
  const percent = (100 * share).toFixed(1);
  const made = picture(600, 56, `${percent} %; the target is ${100 * target} %`);
  made.append(
    shape("rect", { class: "rest", x: 0, y: 24, width: 600, height: 16, rx: 4 }),
    shape("rect", { class: "fill", x: 0, y: 24, width: 600 * share, height: 16, rx: 4 }),
    shape("line", { class: "mark", x1: 600 * target, x2: 600 * target, y1: 20, y2: 44 }),
    shape("text", { x: 0, y: 16 }, `${percent} %`),
    shape("text", { x: 600 * target, y: 16, "text-anchor": "middle" }, `target ${100 * target} %`),
  );
  return made;
}

/** @param {{label: string, count: number}[]} values oldest first */
export function bars(values) {
  const most = Math.max(1, ...values.map(({ count }) => count));
  const total = values.reduce((sum, { count }) => sum + count, 0);
  const made = picture(600, 120, `${total} in all, at most ${most} in an hour; the table has each`);
  const width = 600 / values.length;
  values.forEach(({ label, count }, place) => {
    const height = (100 * count) / most;
    const bar = shape("rect", {
      class: "bar", x: place * width + 1, y: 110 - height, width: width - 2, height,
    });
    bar.append(shape("title", {}, `${label}: ${count}`));
    made.append(bar);
  });
  made.append(shape("rect", { class: "rest", x: 0, y: 110, width: 600, height: 1 }));
  made.append(shape("text", { x: 0, y: 10 }, `at most ${most.toLocaleString()}`));
  return made;
}
