// Chance from a seed: the same text gives the same numbers on every machine.

/** A generator (sfc32) whose state is the hash of a text. */
export class Chance {
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 1;

  /** @param {string} text  what the numbers depend on */
  constructor(text) {
    let hash = 2166136261;
    for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
    this.#a = hash | 0;
    this.#b = Math.imul(hash, 0x85ebca6b) | 0;
    this.#c = Math.imul(hash ^ 0x9e3779b9, 0xc2b2ae35) | 0;
    for (let i = 0; i < 12; i += 1) this.next();
  }

  /** Return a number from 0 up to, not including, 1. */
  next() {
    const sum = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return (sum >>> 0) / 4294967296;
  }

  /** Return a whole number from 0 to `count - 1`. */
  below(count) {
    return Math.floor(this.next() * count);
  }

  /** Return a number from `low` up to `high`. */
  between(low, high) {
    return low + this.next() * (high - low);
  }

  /** Return whether something of this probability happens. */
  happens(probability) {
    return this.next() < probability;
  }

  /** Return one of the items. */
  pick(items) {
    return items[this.below(items.length)];
  }

  /** Return one of the items, each as likely as its weight says. */
  weighted(items, weightOf) {
    let sum = 0;
    for (const item of items) sum += weightOf[item];
    let left = this.next() * sum;
    for (const item of items) {
      left -= weightOf[item];
      if (left < 0) return item;
    }
    return items[items.length - 1];
  }
}
