// What the parts of the dashboard share.

/** @template {HTMLElement} T @param {string} id @returns {T} */
export const at = (id) => /** @type {T} */ (document.getElementById(id));

/** @param {string} name @param {string} text */
export function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** @param {string} path @returns {Promise<any>} the JSON of a part of the dashboard */
export async function get(path) {
  const answer = await fetch(path, { cache: "no-store" });
  const found = await answer.json().catch(() => ({}));
  if (answer.status === 401 || answer.status === 403) {
    throw new Error("You are no admin any more: load the page again to sign in.");
  }
  if (!answer.ok) throw new Error(found.message ?? `That did not work: status ${answer.status}`);
  return found;
}
