// What must have happened at least once for a clean result to mean something.

/** The interesting states, in the order in which they are printed. */
export const STATES = [
  "retry",
  "fault",
  "answer_lost",
  "asked_to_wait",
  "hide_in_flight",
  "leave_in_flight",
  "adoption",
  "bfcache_return",
  "kill_with_unacknowledged",
  "crash_with_unacknowledged",
  "sign_in_of_another",
  "held",
  "quota_exceeded",
];
/** This many long ids are more than the beacons of one page may carry. */
const QUOTA_IDS = 140;

export class States {
  /** @type {Set<string>} */ seen = new Set();
  #browser = null;

  /** Look at the browser's pages before each step. */
  watch(browser) {
    this.#browser = browser;
  }

  saw(state) {
    this.seen.add(state);
  }

  /** A step is about to be taken: in which state does it find the recorders? */
  step({ name, tab, user }) {
    const page = this.#browser.tabs.get(tab)?.page;
    if (name === "switch" || name === "hide") {
      if (this.#some((one) => telemetry(one).inFlight > 0)) this.saw("hide_in_flight");
    } else if (name === "leave" || name === "close" || name === "reload") {
      if (page && telemetry(page).inFlight > 0) this.saw("leave_in_flight");
      if (page && owed(page) >= QUOTA_IDS) this.saw("quota_exceeded");
    } else if (name === "kill") {
      if (page && owes(page)) this.saw("kill_with_unacknowledged");
    } else if (name === "crash") {
      if (this.#some(owes)) this.saw("crash_with_unacknowledged");
    } else if (name === "sign_in" && page) {
      const subject = page.impressions?.recorder?.subject;
      if (subject && !subject.endsWith(`-${user}`) && owes(page)) this.saw("sign_in_of_another");
    }
  }

  #some(isSo) {
    for (const { page } of this.#browser.tabs.values()) if (page.state === 0 && isSo(page)) return true;
    return false;
  }
}

const telemetry = (page) => page.impressions?.recorder?.telemetry() ?? { inFlight: 0 };
const owed = (page) => page.impressions?.recorder?.pending().length ?? 0;
const owes = (page) => owed(page) > 0;
