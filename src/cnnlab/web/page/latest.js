/* Questions that overtake each other: one at most is on its way, and of those that wait the last one wins. */

/**
 * @template Q, A
 * @param {(question: Q) => Promise<A>} ask
 * @param {(answer: A, question: Q) => void} onAnswer
 * @param {(error: Error) => void} onError
 * @returns {(question: Q) => void}
 */
export function latest(ask, onAnswer, onError) {
  let busy = false;
  let waiting = null;
  return async function send(question) {
    waiting = { question };
    if (busy) return;
    busy = true;
    while (waiting) {
      const asked = waiting.question;
      waiting = null;
      try {
        onAnswer(await ask(asked), asked);
      } catch (error) {
        onError(error);
      }
    }
    busy = false;
  };
}

/**
 * Wait until nothing has come for a while.
 * @param {(...words: any[]) => void} action
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 */
export function settled(action, milliseconds, signal) {
  let timer = 0;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return (...words) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!signal.aborted) action(...words);
    }, milliseconds);
  };
}
