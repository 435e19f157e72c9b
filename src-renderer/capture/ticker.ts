/** A worker that ticks: the timers of a page that is behind another window, which is where a page that shares a screen is, come once a second. */
const EVERY_MS = 30;

setInterval(() => postMessage(undefined), EVERY_MS);
