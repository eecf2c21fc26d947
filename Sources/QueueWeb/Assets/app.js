// queuectl-web in the browser. All of this is an addition: without it the pages read, and their
// forms act. It keeps the marked parts of a page as the server has them, moves a cursor through
// rows, and turns keys into the links and buttons that the page has. It makes no HTML from data.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const base = document.body.dataset.base ?? "";
const trusted = window.trustedTypes?.createPolicy("queuectl", { createHTML: (text) => text })
  ?? { createHTML: (text) => text };
const remembered = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
const remember = (name, value) => { try { localStorage.setItem(name, value); } catch { } };

// ---- Logging in: the token comes behind #, which no server and no log gets to see.

const login = $("#login");
if (login) {
  const found = /^#token=([a-z2-7]+)$/.exec(location.hash);
  if (found) {
    history.replaceState(null, "", location.pathname + location.search);
    $("#token").value = found[1];
    login.requestSubmit();
  } else {
    $("#token").focus();
  }
} else if (location.hash.startsWith("#token=")) {
  history.replaceState(null, "", location.pathname + location.search);
}

// ---- Live parts

const live = $("#live");
const isLive = document.body.hasAttribute("data-live") && Boolean(live);
let stream = null, isHeld = false, lastBeat = Date.now(), trouble = "", retry = 0, delay = 1000, server = null;

function connect() {
  clearTimeout(retry);
  if (!isLive || stream || isHeld || document.hidden) return;
  const page = new URLSearchParams(location.search);
  const log = $("#log[data-run]");
  // The page keeps showing the run that it shows now, also when the job runs again.
  if (log) page.set("run", log.dataset.run);
  const query = new URLSearchParams({ of: `${location.pathname.slice(base.length)}?${page}` });
  if (log) { query.set("run", log.dataset.run); query.set("from", log.dataset.end); }
  const source = new EventSource(`${base}/events?${query}`);
  stream = source;
  source.addEventListener("beat", (event) => {
    // A server that was restarted takes no forms of pages from before.
    const name = JSON.parse(event.data).server;
    if (server && server !== name) location.reload();
    [server, lastBeat, delay] = [name, Date.now(), 1000];
    showPace();
  });
  source.addEventListener("part", (event) => {
    const { id, html } = JSON.parse(event.data);
    replace(id, html);
  });
  source.addEventListener("log", (event) => addToLog(JSON.parse(event.data)));
  source.addEventListener("trouble", (event) => { trouble = JSON.parse(event.data).text; showPace(); });
  // A new stream begins where the log ends by now, so the browser's own repetition isn't used.
  source.addEventListener("error", () => {
    disconnect();
    retry = setTimeout(connect, delay);
    delay = Math.min(delay * 2, 30000);
    showPace();
  });
}

function disconnect() { stream?.close(); stream = null; }

function showPace() {
  if (!isLive) return;
  const silence = Math.round((Date.now() - lastBeat) / 1000);
  const isStale = !isHeld && (silence > 5 || Boolean(trouble));
  live.classList.toggle("on", !isHeld && !isStale);
  live.classList.toggle("held", isHeld);
  live.classList.toggle("stale", isStale);
  const text = isHeld ? "held; p goes on" : trouble || (silence > 5 ? `stale for ${silence}s` : "live");
  if (live.textContent !== text) live.textContent = text;
}

// The cursor, the marks and the focus belong to rows by name, so they outlive the rows' elements.
function replace(id, html) {
  const part = document.getElementById(id);
  const focused = document.activeElement;
  const isInside = Boolean(part?.contains(focused));
  if (!part || isInside && focused.matches("input:not([type=checkbox])")) return;
  const known = new Set($$("[data-id]", part).map((row) => row.dataset.id));
  const row = isInside ? focused.closest("[data-id]")?.dataset.id : null;
  const place = isInside && row ? $$("a, button, input", focused.closest("[data-id]")).indexOf(focused) : -1;
  part.innerHTML = trusted.createHTML(html);
  for (const row of $$("[data-id]", part)) if (known.size && !known.has(row.dataset.id)) row.classList.add("fresh");
  if (row) $$("a, button, input", rowNamed(row, part))[place]?.focus({ preventScroll: true });
  showRows();
  tick();
}

// Ages grow here, so that a row is sent again only when something else about it has changed.
function age(seconds) {
  return seconds < 60 ? `${seconds}s` : seconds < 3600 ? `${Math.floor(seconds / 60)}m`
    : seconds < 86400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86400)}d`;
}

function tick() {
  for (const time of $$("time[datetime]")) {
    const seconds = Math.floor((Date.now() - Date.parse(time.dateTime)) / 1000);
    if (Number.isNaN(seconds)) continue;
    const isUntil = time.className === "until";
    const text = !isUntil ? age(Math.max(0, seconds)) : seconds >= 0 ? "now" : `in ${age(-seconds)}`;
    if (time.textContent !== text) time.textContent = text;
  }
}

// ---- Rows

let cursor = null;
const marks = new Set();
const rows = () => $$("[data-id]", $("main"));
const rowNamed = (id, root = document) => $$("[data-id]", root).find((row) => row.dataset.id === id);
const here = () => rowNamed(cursor, $("main"));

function showRows() {
  for (const row of rows()) {
    row.classList.toggle("at", row.dataset.id === cursor);
    const box = $("input[name=job]", row);
    if (box) box.checked = marks.has(row.dataset.id);
    row.classList.toggle("marked", marks.has(row.dataset.id));
  }
}

function move(step, all = rows()) {
  if (!all.length) return false;
  const at = all.findIndex((row) => row.dataset.id === cursor);
  const to = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + step));
  cursor = all[to].dataset.id;
  showRows();
  all[to].scrollIntoView({ block: "nearest" });
  (all[to].matches("a") ? all[to] : $("a, button", all[to]))?.focus({ preventScroll: true });
}

// The next line that was found, or the next match in the part of the log that is shown.
let found = $$("#log mark").findIndex((mark) => mark.closest("#place"));
function find(step) {
  const lines = $$("#log [data-id]");
  if (lines.length) return move(step, lines);
  const marks = $$("#log mark");
  if (!marks.length) return false;
  marks[found]?.classList.remove("at");
  found = (found + step + marks.length) % marks.length;
  marks[found].classList.add("at");
  marks[found].scrollIntoView({ block: "center" });
}

document.addEventListener("change", (event) => {
  if (!event.target.matches("input[name=job]")) return;
  const id = event.target.value;
  event.target.checked ? marks.add(id) : marks.delete(id);
  showRows();
});
document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("main [data-id]");
  if (row) { cursor = row.dataset.id; showRows(); }
});

function mark() {
  const box = here() && $("input[name=job]", here());
  if (!box) return false;
  marks.has(cursor) ? marks.delete(cursor) : marks.add(cursor);
  move(1);
}

// ---- The log

const log = $("#log"), follow = $("#follow"), wrap = $("#wrap");
const isPressed = (button) => button?.getAttribute("aria-pressed") === "true";
const press = (button, on) => button?.setAttribute("aria-pressed", String(on));
const toEnd = () => { if (log && isPressed(follow)) log.scrollTop = log.scrollHeight; };
const mostOfLog = 1 << 20;

function addToLog({ text, end }) {
  if (!log) return;
  log.append(text);
  log.dataset.end = end;
  if (log.textContent.length > mostOfLog) log.textContent = log.textContent.slice(-mostOfLog / 2);
  toEnd();
}

log?.addEventListener("scroll", () => press(follow, log.scrollHeight - log.scrollTop - log.clientHeight < 8));
follow?.addEventListener("click", () => { press(follow, !isPressed(follow)); toEnd(); });
wrap?.addEventListener("click", () => press(wrap, log.classList.toggle("wrap")));

// ---- Keys: those of `queuectl top`

const click = (element) => { if (!element) return false; element.click(); };

// An action is about the row of the cursor, about the marked rows, or about the whole page.
function act(key) {
  const own = here() && $(`[data-act="${key}"]`, here());
  if (own) return click(own);
  const button = $(`main [data-act="${key}"]`);
  if (!button) return false;
  const boxes = button.form ? $$("input[name=job][type=checkbox]", button.form) : [];
  if (boxes.length && !"RD".includes(key) && !boxes.some((box) => box.checked)) {
    const box = here() && $("input[name=job]", here());
    if (!box) return false;
    box.checked = true;
    button.click();
    box.checked = false;
    return;
  }
  click(button);
}

const keys = {
  j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
  g: () => move(-1e9), Home: () => move(-1e9), G: () => move(1e9), End: () => move(1e9),
  "/": () => { if (!$("#q")) return false; $("#q").focus(); $("#q").select(); },
  " ": mark,
  A: () => { for (const box of $$("input[name=job]")) marks.add(box.value); showRows(); },
  U: () => { marks.clear(); showRows(); },
  l: () => click(here() && $("a.id", here())),
  p: () => { isHeld = !isHeld; lastBeat = Date.now(); isHeld ? disconnect() : connect(); showPace(); },
  q: () => history.back(),
  Escape: () => {
    const query = new URLSearchParams(location.search);
    if (!query.has("q") && !query.has("find")) return act("n");
    for (const name of ["q", "find", "at", "after"]) query.delete(name);
    location.href = location.pathname + (query.size ? `?${query}` : "");
  },
  f: () => click(follow), w: () => click(wrap), "?": showKeys,
  y: () => $('main [data-act="y"]') ? click($('main [data-act="y"]')) : copy(here()?.dataset.id ?? $("h1").textContent),
  Y: () => copy($(".command")?.textContent ?? $(".long span", here() ?? document)?.title ?? ""),
  z: () => {
    const row = $("main .marked") ? "main .marked" : "main .at";
    return act($(`${row}[data-frozen]`) && !$(`${row}:not([data-frozen])`) ? "Z" : "z");
  },
  n: () => $("#log mark") ? find(1) : act("n"),
  N: () => find(-1),
};
for (const key of ["r", "R", "d", "D", "x", "Z", "s", "S", "P", "[", "]"]) keys[key] = () => act(key);

function copy(text) {
  if (!navigator.clipboard) return false;
  navigator.clipboard.writeText(text);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const target = event.target;
  if (target.matches("input:not([type=checkbox]), textarea, select")) {
    if (event.key === "Escape") target.blur();
    return;
  }
  if ($("dialog[open]") || remembered("queuectl-keys") === "off" && event.key !== "?") return;
  const scrolls = event.key === " " || /^(Arrow|Home|End)/.test(event.key);
  if (scrolls && target.closest("#log, button, summary, input")) return;
  const page = /^[0-9e]$/.test(event.key) && $(`nav [data-key="${event.key}"]`);
  if (page) page.click();
  else if (!Object.hasOwn(keys, event.key) || keys[event.key]() === false) return;
  event.preventDefault();
});

const help = [
  ["0-9 e", "pages"], ["j k g G", "move; the first, the last row"], ["Enter l", "open the row"],
  ["/ Esc", "filter; all again"], ["Space A U", "mark; all; none"],
  ["r d x", "retry, discard, cancel the marked rows, or that of the cursor"],
  ["z", "pause or resume them"],
  ["R D", "retry, discard all that match"], ["s S", "stop a worker; all"],
  ["P", "pause or resume the queue or schedule"], ["y n", "yes; no, as Esc"],
  ["f w", "follow, wrap the log"], ["[ ]", "older, newer run"], ["n N", "next, previous line that was found"],
  ["y Y", "copy the id; the command"], ["p", "hold the page"], ["q", "back"],
];

function element(name, text, ...children) {
  const made = document.createElement(name);
  made.append(text, ...children);
  return made;
}

function showKeys() {
  let box = $("#keys");
  if (!box) {
    box = element("dialog", "", element("h2", "Keys"));
    box.id = "keys";
    box.setAttribute("aria-label", "Keys");
    const list = element("dl", "");
    list.className = "facts";
    for (const [key, words] of help) list.append(element("dt", key), element("dd", words));
    const switching = element("input", "");
    switching.type = "checkbox";
    switching.checked = remembered("queuectl-keys") !== "off";
    switching.addEventListener("change", () => remember("queuectl-keys", switching.checked ? "on" : "off"));
    const form = element("form", "", element("button", "Close"));
    form.method = "dialog";
    box.append(list, element("label", switching, " single keys work"), form);
    document.body.append(box);
  }
  box.showModal();
}

// ---- Light, dark, or as the system has it

const theme = $("#theme");
const themes = ["", "dark", "light"];
function dress(name) {
  if (name) document.documentElement.dataset.theme = name; else delete document.documentElement.dataset.theme;
  theme.textContent = `Theme: ${name || "auto"}`;
}
dress(remembered("queuectl-theme") ?? "");
theme.addEventListener("click", () => {
  const next = themes[(themes.indexOf(remembered("queuectl-theme") ?? "") + 1) % themes.length];
  remember("queuectl-theme", next);
  dress(next);
});
$("#help").addEventListener("click", showKeys);

// ---- Beginning

for (const part of $$("[data-script], #theme, #help")) part.hidden = false;
if (follow) { log.scrollTop = log.scrollHeight; press(follow, true); }
const current = $("nav [aria-current]");
if (current) current.closest("ul").scrollLeft = current.offsetLeft - 40;
$("#number")?.focus();
document.addEventListener("visibilitychange", () => document.hidden ? disconnect() : connect());
addEventListener("pagehide", disconnect);
addEventListener("pageshow", connect);
setInterval(() => { tick(); showPace(); }, 1000);
tick();
connect();
