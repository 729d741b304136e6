import type { Favourites } from "./product/favourites.js";
import type { Prefetch } from "./product/prefetch.js";
import type { Recorder, RecorderEvent } from "./recorder.js";

declare global {
  interface Window {
    /** What a page promises to the harness that measures it. */
    impressions: {
      ready: Promise<void>;
      show: (...artworkIds: string[]) => Promise<void>;
      recorder: Recorder | undefined;
      events: RecorderEvent[];
      /** What the page loads ahead, where it does. */
      prefetch?: Prefetch;
    };
    /** What the page of the history promises to the same. */
    gallery?: { favourites: Favourites };
    /** Set by the harness before the page runs. */
    impressionWitness?: (event: string) => void;
  }
}
