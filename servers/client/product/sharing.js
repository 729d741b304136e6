// Links to one's favourites: made, shown once with their secret, and revoked.

/** @typedef {{id: string, createdAtUs: number}} Share */

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** @template {HTMLElement} T @param {string} id @returns {T} */
const at = (id) => /** @type {T} */ (document.getElementById(id));

/** @param {string} path @param {Record<string, unknown>} body */
async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.message ?? `That did not work: status ${answer.status}`);
  return found;
}

/** @param {string} subject @param {(problem: unknown) => void} say */
export async function offerSharing(subject, say) {
  at("sharing").hidden = false;
  at("share").addEventListener("click", () => {
    void make(subject)
      .then(() => list(subject, say))
      .catch(say);
  });
  await list(subject, say);
}

/** @param {string} subject */
async function make(subject) {
  const { token } = await post("/api/shares", { subject });
  const link = /** @type {HTMLInputElement} */ (at("share-link"));
  // After the "#": no server hears it with a request for the page, and no log holds it.
  link.value = `${location.origin}/gallery/shared#${token}`;
  at("new-share").hidden = false;
  link.select();
}

/** @param {string} subject @param {(problem: unknown) => void} say */
async function list(subject, say) {
  const answer = await fetch("/api/shares", { cache: "no-store" });
  if (!answer.ok) throw new Error(`Your links are not known now: status ${answer.status}`);
  /** @type {Share[]} */
  const shares = (await answer.json()).shares;
  at("shares").replaceChildren(
    ...shares.map(({ id, createdAtUs }, number) => {
      const item = document.createElement("li");
      const when = WHEN.format(new Date(createdAtUs / 1000));
      const revoke = document.createElement("button");
      revoke.id = `revoke-${number}`;
      revoke.textContent = "Revoke";
      revoke.setAttribute("aria-label", `Revoke the link of ${when}`);
      revoke.addEventListener("click", () => {
        void post("/api/shares/revoke", { subject, id })
          .then(() => (at("new-share").hidden = true))
          .then(() => list(subject, say))
          .catch(say);
      });
      item.append(`A link of ${when} `, revoke);
      return item;
    }),
  );
}
