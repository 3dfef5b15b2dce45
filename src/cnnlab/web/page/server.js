/* Asks the server. Every failure is one of three errors, all with words for people. */

/** The server answered that it will not. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {{expected?: string, got?: string, where?: string, fix?: string}} told
   */
  constructor(status, told) {
    super(sentence(status, told));
    this.status = status;
    this.said = sentence(status, { ...told, where: "" }); // for who shows it at its place
    this.where = told.where ?? "";
    this.fix = told.fix ?? "";
  }
}

/** The server does not know this page: it was started anew, or the page came in by no address of its own. */
export class Unknown extends Refused {
  constructor() {
    super(403, {});
    this.message = "The server was started anew, or does not know this page.";
    this.said = this.message;
    this.fix = "Open the address that cnnlab serve has printed, here or in another tab.";
  }
}

/** No answer came. */
export class Away extends Error {
  constructor() {
    super("The server does not answer.");
    this.where = "";
    this.fix = "See whether cnnlab serve still runs in its terminal.";
  }
}

/**
 * Read.
 * @param {string} path  As `/api/runs`.
 * @param {AbortSignal} [signal]
 */
export async function read(path, signal) {
  return answered(path, { signal });
}

/**
 * Tell the server to do something.
 * @param {string} path
 * @param {any} body  To be sent as JSON.
 * @param {AbortSignal} [signal]
 */
export async function tell(path, body, signal) {
  const headers = { "Content-Type": "application/json" };
  return answered(path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

/**
 * Hand over a file.
 * @param {string} path
 * @param {File} file
 * @param {AbortSignal} [signal]
 */
export async function hand(path, file, signal) {
  return answered(path, { method: "POST", headers: { "Content-Type": file.type }, body: file, signal });
}

async function answered(path, options) {
  let answer;
  let body;
  try {
    answer = await fetch(path, { ...options, credentials: "same-origin" });
    body = await answer.text();
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Away();
  }
  const found = parsed(body);
  if (answer.ok) return found ?? {};
  // One who is not known is told nothing but that; whatever else is forbidden has a reason of its own.
  if (answer.status === 403 && (!found?.error || found.error.where === "cookie")) throw new Unknown();
  throw new Refused(answer.status, found?.error ?? {});
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function sentence(status, { expected, got, where }) {
  if (!expected) return `The server answered ${status} and did not say why.`;
  const rest = `xpected ${expected}${got ? `, got ${got}` : ""}.`;
  return where ? `${where}: e${rest}` : `E${rest}`;
}
