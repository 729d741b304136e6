// The kinds of events of the world, as numbers of its trace.

export const TIMER = 1;
export const DISK_OPEN = 2;
export const DISK_REQUEST = 3;
export const DISK_COMPLETE = 4;
export const DISK_ABORT = 5;
export const LOCK_ASKED = 6;
export const LOCK_GRANTED = 7;
export const LOCK_RELEASED = 8;
export const REQUEST_ARRIVES = 9;
export const REQUEST_COMMITS = 10;
export const ANSWER_ARRIVES = 11;
export const REQUEST_FAILS = 12;
export const FRAME = 13;
export const PAGE_LOADS = 14;
export const STEP = 15;
export const BROWSER_EVENT = 16;
export const REQUEST_ENDS = 17;
