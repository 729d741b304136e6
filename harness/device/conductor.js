// Runs in the target's display page before the page's own scripts: listens to the recorder, does the
// step's acts one after the other, and shows a person what to do. Its messages go to the harness in
// requests outside the path under test; only when the page is closed it sends a beacon, after the
// recorder's own, so that the recorder comes first in the 64 KiB that they share.

(() => {
  const config = __CONFIG__;
  const target = __PAGE__; // the page's contract: isUp, ready, tabId, show, pending, telemetry, isBlank
  const ROOT = "/harness/";
  const CHUNK = 400;
  const role = target.isBlank() ? "return" : "show";
  const page = Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16)).join("");
  const wall = () => performance.timeOrigin + performance.now();
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  // A scenario may take some of these away from the page; the harness keeps its own.
  const { fetch } = window;
  const beacon = navigator.sendBeacon?.bind(navigator);

  const numbers = new Map(); // artwork id → its number in the plan
  const recorded = []; // the recorder's events: type, transport
  const unacknowledged = []; // messages that the harness has not acknowledged yet
  let lastNumber = 0;
  let acknowledged = 0;
  let sending = null;
  let isOver = false;
  let plan = null;

  const post = async (path, content) => {
    const answer = await fetch(ROOT + path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ nonce: config.nonce, page, ...content }),
      cache: "no-store",
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  };

  // ---- messages to the harness ---------------------------------------------------------------

  /** Queues a message and returns its number. */
  function report(type, facts = {}) {
    lastNumber += 1;
    unacknowledged.push({ n: lastNumber, type, at: wall(), ...facts });
    sending ??= send().finally(() => (sending = null));
    return lastNumber;
  }

  async function send() {
    await pause(20); // Simultaneous messages go in one request.
    while (unacknowledged.length && !isOver) {
      try {
        await greeted;
        const answer = await post("witness", { events: unacknowledged.slice(0, CHUNK) });
        acknowledged = Math.max(acknowledged, answer.upTo);
        while (unacknowledged.length && unacknowledged[0].n <= acknowledged) unacknowledged.shift();
        if (answer.over) end();
      } catch {
        await pause(500); // The harness records each message once, however often it is sent.
      }
    }
  }

  /** Resolves when the harness has recorded the message with this number. */
  async function written(number) {
    while (acknowledged < number && !isOver) await pause(15);
  }

  const until = async (fact, limitMs = Infinity) => {
    const end = performance.now() + limitMs;
    while (!fact() && performance.now() < end && !isOver) await pause(50);
    return fact();
  };

  window.impressionWitness = (text) => {
    const event = JSON.parse(text);
    recorded.push({ type: event.type, transport: event.transport });
    event.artworks = event.artworks?.map((id) => numbers.get(id) ?? id);
    report("event", { event });
  };

  // Counted by the events: the timers of a hidden page may be throttled and miss a short absence.
  const sight = { hides: 0, returns: 0, recordedAtHide: 0 };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      sight.hides += 1;
      sight.recordedAtHide = recorded.length;
    } else {
      sight.returns += 1;
    }
    report(document.hidden ? "hidden" : "visible");
  });
  /** From where on a look away counts: a quick person leaves before the page asks for it. */
  let mark = { ...sight, recorded: 0 };

  /** Called when the recorder listens already, so that this listener runs last. */
  function listenForTheEnd() {
    addEventListener("pagehide", ({ persisted }) => {
      unacknowledged.push({ n: ++lastNumber, type: "gone", at: wall(), persisted });
      const events = unacknowledged;
      const body = JSON.stringify({ nonce: config.nonce, page, events });
      if (!beacon?.(ROOT + "witness", body)) void post("witness", { events }).catch(() => {});
    });
  }

  // ---- the acts ------------------------------------------------------------------------------

  const pending = () => target.pending().map((id) => numbers.get(id) ?? id);
  const stage = (name) => report("stage", { stage: name });
  const queue = () => report("queue", { pending: pending(), telemetry: target.telemetry() });

  const acts = {
    async show({ first, last }) {
      say("Looking", `${last - first} artworks are being shown. Leave this page as it is.`, "busy");
      await written(report("intent", { first, last }));
      if (isOver) return;
      await target.show(plan.artworks.slice(first, last));
      await written(report("shown", { first, last }));
    },

    async drained({ timeoutMs }) {
      say("Sending", "Leave this page as it is. It waits until all has arrived.", "busy");
      await until(() => target.pending().length === 0, timeoutMs);
    },

    async ready({ text }) {
      await written(stage("READY"));
      await new Promise((resolve) => say("Read this first", text, "ask", resolve));
      mark = { ...sight, recorded: recorded.length };
      await written(stage("AT_WORK"));
    },

    async lookAway() {
      await written(stage("LOOK_AWAY"));
      say("Switch to another app now", "Then come back to this page.", "act");
      await until(() => sight.hides > mark.hides);
      const since = recorded.slice(mark.recorded, sight.recordedAtHide);
      const early = since.some((e) => e.type === "attempt");
      if (early) report("trouble", { text: "the page was left too late: it had already sent" });
      await until(() => sight.returns > mark.returns && !document.hidden);
      say("Welcome back", "Leave this page as it is.", "busy");
      stage("AT_WORK");
      const flushed = () => recorded.slice(mark.recorded).some((e) => e.type === "beacon_queued");
      await until(flushed, 2000);
    },

    async report() {
      await written(queue());
    },

    async close() {
      await written(stage("CLOSE"));
      say("Now close this tab", "Then go back to the guide.", "act");
    },

    async keepReporting() {
      for (; !isOver; await pause(1000)) await written(queue());
    },
  };

  async function clock() {
    const trips = [];
    for (let trip = 0; trip < 5; trip += 1) {
      const sent = wall();
      const { wallMs } = await (await fetch(ROOT + "clock", { cache: "no-store" })).json();
      const back = wall();
      trips.push({ offsetMs: wallMs - (sent + back) / 2, errorMs: (back - sent) / 2 });
    }
    trips.sort((one, other) => one.errorMs - other.errorMs);
    report("clock", { ...trips[0], trips: trips.length });
  }

  async function conduct() {
    say("One moment", "", "busy");
    plan = await greeted;
    if (plan.over) return end();
    await clock();
    if (!(await until(target.isUp, 15_000))) throw new Error("it did not load");
    await target.ready();
    listenForTheEnd();
    await written(report("opened", { tab: target.tabId() }));
    for (const act of plan.acts) {
      if (isOver) return undefined;
      await acts[act.do](act);
    }
    if (config.stays) {
      await written(stage("DONE"));
      say("Counting", "Leave this page open a moment longer.", "busy");
    }
    for (; !isOver; await pause(1000)) report("here"); // The answer ends the loop when the step is over.
    return undefined;
  }

  function end() {
    isOver = true;
    say("This step is over", "Close this tab and go back to the guide.", "done");
  }

  const greeted = post("greet", { role, locks: Boolean(navigator.locks) }).then((answer) => {
    answer.artworks.forEach((id, number) => numbers.set(id, number));
    return answer;
  });

  // ---- instructions on the screen ------------------------------------------------------------

  let parts = null;

  /** Shows one instruction over the page; a shield keeps stray taps from the page itself. */
  function say(big, small, mood, onTap) {
    if (role === "return") return;
    const draw = () => {
      parts ??= build();
      parts.sheet.className = mood;
      parts.big.textContent = big;
      parts.small.textContent = small;
      parts.button.hidden = !onTap;
      parts.button.onclick = onTap ?? null;
      if (onTap) parts.button.focus({ preventScroll: true });
    };
    if (document.body) draw();
    else addEventListener("DOMContentLoaded", draw, { once: true });
  }

  function build() {
    const host = document.createElement("div");
    const root = host.attachShadow({ mode: "open" });
    root.innerHTML = `<style>${STYLE}</style><div id="shield"></div>
      <section id="sheet" role="status" aria-live="polite"><p id="place"></p><h2 id="big"></h2>
      <p id="small"></p><button id="button" hidden>I am ready</button></section>`;
    document.body.append(host);
    const at = (id) => root.getElementById(id);
    at("place").textContent = `${config.place} · ${config.title}`;
    return { sheet: at("sheet"), big: at("big"), small: at("small"), button: at("button") };
  }

  const STYLE = `
    :host { all: initial; color-scheme: light dark; }
    * { box-sizing: border-box; margin: 0; }
    #shield { position: fixed; inset: 0; z-index: 2147483646; touch-action: none; }
    #sheet { position: fixed; inset: auto 0 0; z-index: 2147483647; padding: 1.25rem 1.5rem
      max(1.75rem, calc(env(safe-area-inset-bottom) + 1rem)); border-radius: 1.5rem 1.5rem 0 0;
      font: 17px/1.45 system-ui, sans-serif; text-align: center; color: light-dark(#1a1c22, #f2f3f6);
      background: light-dark(#fff, #1d2028); box-shadow: 0 -.75rem 3rem #0004; }
    #place { font-size: .85rem; color: light-dark(#5b6070, #a3a9b8); }
    #big { margin: .5rem 0 .35rem; font-size: 1.75rem; line-height: 1.15; letter-spacing: -.015em;
      text-wrap: balance; }
    #small { color: light-dark(#454a58, #c3c8d4); text-wrap: balance; }
    #sheet.act { background: light-dark(#1f4fd8, #2c5ee8); color: #fff; }
    #sheet.act :is(#place, #small) { color: #e6ecff; }
    #sheet.done { background: light-dark(#146c3a, #17663a); color: #fff; }
    #sheet.done :is(#place, #small) { color: #dff5e7; }
    #sheet.busy #big::after { content: ""; display: inline-block; width: .5em; height: .5em;
      margin-left: .4em; border-radius: 50%; background: light-dark(#1f4fd8, #8fb0ff); }
    button { display: block; width: 100%; min-height: 3.5rem; margin-top: 1.1rem; border: 0;
      border-radius: 1rem; font: 600 1.15rem system-ui, sans-serif; color: #fff;
      background: light-dark(#1f4fd8, #2c5ee8); }
    button:focus-visible { outline: 3px solid light-dark(#0b1c4d, #fff); outline-offset: 3px; }
    [hidden] { display: none !important; }
    @media (prefers-reduced-motion: no-preference) {
      #sheet.busy #big::after { animation: beat 1s ease-in-out infinite alternate; }
      @keyframes beat { from { opacity: .25; transform: scale(.8); } }
    }`;

  // Keys must not scroll or navigate the page.
  addEventListener("keydown", (event) => {
    if (parts && !event.composedPath().includes(parts.button)) event.stopImmediatePropagation();
  }, true);

  conduct().catch((problem) => report("trouble", { text: `the test page: ${problem.message}` }));
})();
