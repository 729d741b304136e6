import type { Recorder, RecorderEvent } from "./recorder.js";

declare global {
  interface Window {
    /** What a page promises to whoever measures it. */
    impressions: {
      ready: Promise<void>;
      show: (...artworkIds: string[]) => Promise<void>;
      recorder: Recorder | undefined;
      events: RecorderEvent[];
    };
    /** Set by whoever measures, before the page runs. */
    impressionWitness?: (event: string) => void;
  }
}
