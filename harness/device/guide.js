// The guide: one tab that stays open, shows one thing to do, and polls the harness for the state.

const POLL_MS = 600;
const LOST_AFTER = 5;
const SIGNS = { passed: "✓", failed: "✕", undecided: "?" };
const ENDS = { passed: "Stored exactly once", failed: "Something is wrong" };
const WORDS = { passed: "passed", failed: "failed", undecided: "not decided" };

/** @param {string} id */
const at = (id) => document.getElementById(id);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let state = null;
let visiting = "";

const post = (path, content) =>
  fetch(`/harness/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(content),
  });

/** Properties of `navigator` that identify the browser, beside its user agent. */
const signs = () => ({
  touchPoints: navigator.maxTouchPoints,
  vendor: navigator.vendor,
  platform: navigator.platform,
  brands: navigator.userAgentData?.brands.map(({ brand }) => brand) ?? [],
});

function write(id, text) {
  if (at(id).textContent !== text) at(id).textContent = text; // Read aloud only when it changes.
}

function show(id, isShown) {
  if (at(id).hidden === isShown) at(id).hidden = !isShown;
}

function draw() {
  const { phase, isFinished } = state;
  document.body.dataset.phase = isFinished ? "finished" : phase;
  write("device", state.device + (state.isEmulated ? " · emulated" : ""));
  drawTrack();
  write("place", isFinished ? "" : `Step ${state.number} of ${state.steps.length}`);
  write("title", isFinished ? "All done" : state.title);
  write("why", isFinished ? "Thank you. You can put the phone away." : state.why);
  write("big", isFinished ? summary() : state.big);
  write("small", isFinished ? "The report is on the computer." : state.reason || state.small);
  write("sign", isFinished ? "" : (SIGNS[phase] ?? ""));
  show("card", !(phase === "open") || isFinished);
  show("open", phase === "open" && !isFinished);
  at("open").href = `/harness/open/${state.nonce}`;
  show("closed", phase === "quiet");
  show("again", !isFinished && ["on page", "close", "quiet", "undecided"].includes(phase));
  show("next", !isFinished && ["open", "on page", "close", "quiet", "undecided"].includes(phase));
  write("next", phase === "undecided" ? "Go on" : "Skip this step");
  show("results", isFinished);
  write("footer", isFinished ? "" : "Keep this tab open until the end.");
  if (isFinished && !at("results").children.length) drawResults();
  visit(phase === "returning" && !isFinished);
}

function summary() {
  const passed = state.steps.filter(({ phase }) => phase === "passed").length;
  return `${passed} of ${state.steps.length} passed`;
}

function drawTrack() {
  const track = at("track");
  while (track.children.length < state.steps.length) track.append(document.createElement("li"));
  state.steps.forEach((step, index) => {
    const isCurrent = index + 1 === state.number && !state.isFinished;
    const label = `${step.title}: ${WORDS[step.phase] ?? (isCurrent ? "now" : "to come")}`;
    const item = track.children[index];
    item.className = WORDS[step.phase] ? step.phase : isCurrent ? "now" : "";
    if (item.getAttribute("aria-label") !== label) item.setAttribute("aria-label", label);
    if (isCurrent) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  });
}

function drawResults() {
  for (const { title, phase, reason } of state.steps) {
    const item = document.createElement("li");
    const name = document.createElement("strong");
    const why = document.createElement("span");
    item.className = phase;
    name.textContent = `${SIGNS[phase] ?? "?"} ${title}`;
    why.textContent = phase === "passed" ? WORDS.passed : `${WORDS[phase] ?? "not done"}: ${reason}`;
    item.append(name, why);
    at("results").append(item);
  }
}

/** The return visit: a page that shows nothing, so that the queue of a closed tab is sent. */
function visit(isWanted) {
  if (!isWanted) {
    at("visit").replaceChildren();
    visiting = "";
  } else if (visiting !== state.nonce) {
    visiting = state.nonce;
    const frame = document.createElement("iframe");
    frame.title = "Return visit";
    frame.src = `/harness/open/${state.nonce}/return`;
    at("visit").replaceChildren(frame);
  }
}

for (const choice of ["again", "next", "closed"]) {
  at(choice).addEventListener("click", () => void post("choice", { choice, nonce: state.nonce }));
}

async function ask() {
  const answer = await fetch("/harness/state", { cache: "no-store" });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const before = state;
  state = await answer.json();
  const over = before && !state.isFinished && state.number > before.number;
  if (over) await drawEnd(before);
  draw();
}

/** Shows how the last step ended, long enough to be read. */
async function drawEnd(before) {
  const { phase, reason } = state.steps[before.number - 1];
  if (!ENDS[phase] || document.hidden) return;
  document.body.dataset.phase = phase;
  drawTrack();
  write("big", ENDS[phase]);
  write("small", phase === "passed" ? "Every artwork that you saw is in the database." : reason);
  write("sign", SIGNS[phase]);
  show("card", true);
  for (const id of ["open", "closed", "again", "next"]) show(id, false);
  visit(false);
  await pause(1500);
}

async function watch() {
  for (let failures = 0; !state?.isFinished; await pause(POLL_MS)) {
    try {
      await ask();
      failures = 0;
    } catch {
      failures += 1;
      if (failures < LOST_AFTER) continue;
      document.body.dataset.phase = "lost";
      write("big", "No connection");
      write("small", "Is the harness still running, and this device in the same network?");
      show("card", true);
    }
  }
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && state && !state.isFinished) void ask().catch(() => {});
});

await post("arrival", signs());
await watch();
