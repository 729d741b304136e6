// Pictures as documents of their own: many on one page, and none knows the other's parts.

/** @param {string} svg the markup of an svg element @returns {string} an SVG document */
export const standalone = (svg) => svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ');
