// Two small pictures in SVG: a gauge with a mark, and bars. Each has its sentence for who sees none.

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} name @param {Record<string, string | number>} attributes */
function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

/** @param {number} width @param {number} height @param {string} sentence */
function picture(width, height, sentence) {
  const made = shape("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none" });
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", sentence);
  const shown = document.createElement("div");
  const words = document.createElement("p");
  words.textContent = sentence;
  words.setAttribute("aria-hidden", "true");
  shown.append(words, made);
  return { shown, made };
}

/** A share from 0 to 1, and what it should be. @param {number} share @param {number} target */
export function gauge(share, target) {
  const percent = (100 * share).toFixed(1);
  const { shown, made } = picture(600, 24, `${percent} %; the target is ${100 * target} %`);
  made.append(
    shape("rect", { class: "rest", x: 0, y: 4, width: 600, height: 16 }),
    shape("rect", { class: "fill", x: 0, y: 4, width: 600 * share, height: 16 }),
    shape("rect", { class: "mark", x: 600 * target - 1, width: 2, y: 0, height: 24 }),
  );
  return shown;
}

/** @param {{label: string, count: number}[]} values oldest first */
export function bars(values) {
  const most = Math.max(0, ...values.map(({ count }) => count));
  const total = values.reduce((sum, { count }) => sum + count, 0);
  const sentence = `${total.toLocaleString()} in all, at most ${most.toLocaleString()} in an hour`;
  const { shown, made } = picture(600, 101, sentence);
  const width = 600 / values.length;
  values.forEach(({ label, count }, place) => {
    const height = most ? (100 * count) / most : 0;
    const bar = shape("rect", {
      class: "bar", x: place * width + 1, y: 100 - height, width: width - 2, height,
    });
    const title = shape("title", {});
    title.textContent = `${label}: ${count}`;
    bar.append(title);
    made.append(bar);
  });
  made.append(shape("rect", { class: "rest", x: 0, y: 100, width: 600, height: 1 }));
  return shown;
}
