// What a network says of a drawing: the class in large, and a bar with a number for each class.

/** So many classes have a bar; of more, the most probable ones. */
const MOST_BARS = 10;

/**
 * @typedef {Object} Answer
 * @property {number[]} mean Probability of each class, over the seeds.
 * @property {number[]} low The smallest of the seeds.
 * @property {number[]} high The largest.
 * @property {number[]} votes The class that each seed finds most probable.
 */

/**
 * Put together what the seeds of a network say.
 * @param {ArrayLike<number>[]} said For each seed the probabilities.
 * @returns {Answer}
 */
function answerOf(said) {
  const classes = Array.from(said[0], (_, index) => said.map((one) => one[index]));
  return {
    mean: classes.map((each) => each.reduce((sum, one) => sum + one, 0) / each.length),
    low: classes.map((each) => Math.min(...each)),
    high: classes.map((each) => Math.max(...each)),
    votes: said.map((one) => largestOf(one)),
  };
}

/**
 * @param {ArrayLike<number>} values
 * @returns {number} The index of the largest; of several the first.
 */
function largestOf(values) {
  return Array.from(values).reduce((best, value, at, all) => (value > all[best] ? at : best), 0);
}

/**
 * Make the card of one network.
 * @param {{name: string, seeds: {seed: number}[]}} network
 * @param {string[]} classNames
 * @returns {{element: HTMLElement, show: (answer: Answer | null, label: number | null) => void}}
 */
function answerCard(network, classNames) {
  const element = make("div", "pad-answer");
  const said = make("p", "pad-class");
  const told = make("p", "pad-told");
  const votes = make("p", "pad-told");
  const rows = classNames.slice(0, MOST_BARS).map(() => barRow());
  element.append(make("p", "pad-name", network.name), said, told, votes, barTable(network.name, rows));
  const show = (/** @type {Answer | null} */ answer, /** @type {number | null} */ label) => {
    said.textContent = answer ? classNames[largestOf(answer.mean)] : "-";
    told.textContent = answer ? toldOf(answer, label, classNames) : "Nothing drawn yet.";
    votes.textContent = answer ? votesOf(answer, network.seeds, classNames) : "";
    const shown = shownClasses(answer, classNames.length);
    rows.forEach((row, at) => fillRow(row, answer, shown[at], classNames));
  };
  show(null, null);
  return { element, show };
}

/**
 * Choose the classes that have a bar, in the order of the classes.
 * @param {Answer | null} answer
 * @param {number} classes
 * @returns {number[]}
 */
function shownClasses(answer, classes) {
  const all = Array.from({ length: classes }, (_, index) => index);
  if (answer && classes > MOST_BARS) all.sort((one, other) => answer.mean[other] - answer.mean[one]);
  return all.slice(0, MOST_BARS).sort((one, other) => one - other);
}

/**
 * @param {Answer} answer
 * @param {number | null} label Of a test image.
 * @param {string[]} classNames
 * @returns {string}
 */
function toldOf(answer, label, classNames) {
  const best = largestOf(answer.mean);
  const told = `robability ${percent(answer.mean[best])} %`;
  if (label === null) return `P${told}`;
  return best === label ? `Right, p${told}` : `Wrong, it is ${classNames[label]}; p${told}`;
}

/**
 * Say how far the seeds are apart, and what each finds where they do not agree.
 * @param {Answer} answer
 * @param {{seed: number}[]} seeds
 * @param {string[]} classNames
 * @returns {string}
 */
function votesOf(answer, seeds, classNames) {
  if (answer.votes.length === 1) return "";
  const best = largestOf(answer.mean);
  const spread = `Its ${seeds.length} seeds: ${percent(answer.low[best])} to ${percent(answer.high[best])} %`;
  if (answer.votes.every((vote) => vote === best)) return spread;
  const each = answer.votes.map((vote, at) => `seed ${seeds[at].seed} says ${classNames[vote]}`);
  return `${spread}; ${each.join(", ")}`;
}

/** @returns {{row: HTMLElement, name: HTMLElement, bar: HTMLElement, whisker: HTMLElement, number: HTMLElement}} */
function barRow() {
  const row = make("tr");
  const name = make("th", "pad-of");
  name.setAttribute("scope", "row");
  const cell = make("td", "pad-bar");
  const track = make("span", "pad-track");
  const [bar, whisker] = [make("span", "pad-mean"), make("span", "pad-whisker")];
  track.append(bar, whisker);
  cell.append(track);
  const number = make("td", "pad-number");
  row.append(name, cell, number);
  return { row, name, bar, whisker, number };
}

/**
 * @param {string} name
 * @param {ReturnType<typeof barRow>[]} rows
 * @returns {HTMLElement}
 */
function barTable(name, rows) {
  const table = make("table", "pad-bars");
  table.setAttribute("aria-label", `Probabilities by ${name}`);
  const heads = make("tr");
  for (const head of ["Class", "Bar", "Probability"]) {
    const cell = make("th", "", head);
    cell.setAttribute("scope", "col");
    heads.append(cell);
  }
  const [head, body] = [make("thead", "pad-unseen"), make("tbody")];
  head.append(heads);
  body.append(...rows.map((row) => row.row));
  table.append(head, body);
  return table;
}

/**
 * @param {ReturnType<typeof barRow>} row
 * @param {Answer | null} answer
 * @param {number} index Of the class.
 * @param {string[]} classNames
 */
function fillRow(row, answer, index, classNames) {
  const [mean, low, high] = answer ? [answer.mean[index], answer.low[index], answer.high[index]] : [0, 0, 0];
  row.name.textContent = classNames[index];
  row.row.classList.toggle("pad-best", answer !== null && index === largestOf(answer.mean));
  row.bar.style.width = `${mean * 100}%`;
  row.whisker.hidden = high - low < 0.005;
  row.whisker.style.left = `${low * 100}%`;
  row.whisker.style.width = `${(high - low) * 100}%`;
  row.number.textContent = answer ? `${percent(mean)} %` : "";
  if (answer && answer.votes.length > 1) {
    row.number.append(make("span", "pad-unseen", `, seeds ${percent(low)} to ${percent(high)} %`));
  }
}

/**
 * @param {number} share
 * @returns {string}
 */
function percent(share) {
  return (share * 100).toFixed(1);
}

/**
 * Say in a sentence what all networks say together.
 * @param {{name: string}[]} networks
 * @param {Answer[]} answers
 * @param {string[]} classNames
 * @returns {string}
 */
function togetherOf(networks, answers, classNames) {
  const classes = answers.map((answer) => classNames[largestOf(answer.mean)]);
  if (classes.length === 1) return `${networks[0].name} says ${classes[0]}.`;
  if (classes.every((one) => one === classes[0])) {
    return `${classes.length === 2 ? "Both" : `All ${classes.length}`} networks say ${classes[0]}.`;
  }
  return ["They disagree.", ...networks.map((network, at) => `${network.name}: ${classes[at]}`)].join("\n");
}

/**
 * Make an element; what comes from outside is text and never markup.
 * @param {string} tag
 * @param {string} [className]
 * @param {string} [text]
 * @returns {HTMLElement}
 */
function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}
