// The chat in the phone: asks for what is new, sends what the person does. All words come from the page.
"use strict";

const page = document.getElementById("phone").dataset;
const thread = document.getElementById("thread");
const scroller = document.getElementById("thread-window");
const quick = document.getElementById("quick");
const status = document.getElementById("status");
const form = document.getElementById("composer");
const box = document.getElementById("text");
const SOON = 700, LATER = 4000;
let last = 0, timer = 0, asking = false;
let following = true, before = 0; // whether the reader is at the end, and wants to stay there; where they were

const toEnd = () => { scroller.scrollTop = scroller.scrollHeight; };
scroller.addEventListener("scroll", () => {
  const near = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
  following = near || (following && scroller.scrollTop >= before); // only going up leaves the end
  before = scroller.scrollTop;
});
// Messages, late pictures and the replies below all change what "the end" is.
const resized = new ResizeObserver(() => following && toEnd());
resized.observe(thread);
resized.observe(scroller);

function show(answer) {
  if (answer.last === last) return;
  for (const id of answer.taken_back) thread.querySelector(`[data-id="${CSS.escape(id)}"]`)?.remove();
  thread.insertAdjacentHTML("beforeend", answer.html);
  quick.innerHTML = answer.quick;
  last = answer.last;
  if (following) toEnd();
}

async function ask() {
  if (asking) return;
  asking = true;
  clearTimeout(timer);
  try {
    const answer = await fetch(`${page.news}&after=${last}`);
    if (answer.ok) show(await answer.json());
  } catch {
    // The next question comes soon.
  }
  asking = false;
  timer = setTimeout(ask, document.hidden ? LATER : SOON);
}

async function act(what) {
  status.textContent = "";
  let sent = false;
  try {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(page.acts, { method: "POST", headers, body: JSON.stringify(what) });
    sent = answer.ok;
  } catch {
    // Told below.
  }
  if (!sent) status.textContent = page.failed;
  following = true;
  toEnd();
  await ask();
  return sent;
}

function pressed(button) {
  const { kind, data, shown, text, mode } = button.dataset;
  if (kind === "text") return act({ kind, text });
  if (kind === "pick") {
    const value = button.closest(".picker").querySelector("input").value;
    return value && act({ kind: "postback", data, params: { [mode]: value } });
  }
  if (kind === "postback") return act(shown ? { kind, data, display_text: shown } : { kind, data });
  return act({ kind }).then(() => location.reload());
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-kind]");
  if (!button) return;
  pressed(button);
  if (quick.contains(button)) {
    quick.replaceChildren(); // used once, as in any chat
    box.focus();
  }
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = box.value.trim();
  if (!text) return;
  box.value = "";
  if (!(await act({ kind: "text", text }))) box.value = text;
});

box.disabled = false; // until here nobody would have heard
document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
ask();
