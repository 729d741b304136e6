// An admin signs in; the page is then asked for again.

/** @template {HTMLElement} T @param {string} id @returns {T} */
const at = (id) => /** @type {T} */ (document.getElementById(id));

at("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  signIn().catch((problem) => {
    at("problem").textContent = problem instanceof Error ? problem.message : String(problem);
  });
});

async function signIn() {
  const userId = /** @type {HTMLInputElement} */ (at("user-id")).value;
  const secret = /** @type {HTMLInputElement} */ (at("secret"));
  const answer = await fetch("/admin/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ userId, secret: secret.value }),
  });
  secret.value = "";
  if (answer.ok) return location.reload();
  const found = await answer.json().catch(() => ({}));
  throw new Error(found.message ?? `That did not work: status ${answer.status}`);
}
