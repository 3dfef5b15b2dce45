/* The event stream of a study. Whatever ends it, it begins again behind the last event that came. */

const KINDS = ["epoch", "cut", "run", "study"];
const FIRST_WAIT = 500; // milliseconds
const LONGEST_WAIT = 5_000;

/**
 * Follow a study.
 * @param {string} path  As `/api/studies/ID/events`.
 * @param {object} hands
 * @param {() => number} hands.last  The id of the last event that is known.
 * @param {(kind: string, id: number, told: any) => void} hands.onEvent
 * @param {(live: boolean) => void} hands.onState  Whether the server is there.
 * @param {() => boolean} hands.over  Whether nothing more will come.
 * @param {AbortSignal} signal  Ends it.
 */
export function follow(path, hands, signal) {
  let source = null;
  let timer = 0;
  let wait = FIRST_WAIT;
  let live = false;

  const open = () => {
    source?.close();
    if (hands.over()) return;
    source = new EventSource(`${path}?after=${hands.last()}`);
    source.addEventListener("open", () => {
      wait = FIRST_WAIT;
      live = true;
      hands.onState(true);
    });
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) =>
        hands.onEvent(kind, Number(event.lastEventId), JSON.parse(event.data)),
      );
    }
    source.addEventListener("error", again);
  };

  // The browser's own way to begin again differs from browser to browser, and gives up where an answer is an error.
  const again = () => {
    source?.close();
    if (signal.aborted || hands.over()) return;
    live = false;
    hands.onState(false);
    clearTimeout(timer);
    timer = setTimeout(open, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  };

  const atOnce = () => {
    wait = FIRST_WAIT;
    again();
  };

  // Whoever has just opened the address of a new server comes back to this page and shall not wait.
  const backHere = () => {
    if (!live && !document.hidden) atOnce();
  };

  window.addEventListener("online", atOnce, { signal });
  window.addEventListener("focus", backHere, { signal });
  document.addEventListener("visibilitychange", backHere, { signal });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    source?.close();
  });
  open();
}
