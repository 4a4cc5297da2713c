// Puts what the server drew in place of what it drew before.
"use strict";

const main = document.getElementById("main");
const line = document.getElementById("line");
const spoken = document.getElementById("spoken");

function say(text, broken) {
  line.textContent = text;
  line.classList.toggle("broken", broken);
}

function speak() {
  const shown = main.querySelector("h2").textContent;
  if (spoken.textContent !== shown) spoken.textContent = shown;
}

function replace(drawn) {
  const fresh = new DOMParser().parseFromString(drawn, "text/html");
  const seen = [...main.querySelectorAll(".wide")].map((each) => [each.scrollLeft, each.scrollTop, each === document.activeElement]);
  main.replaceChildren(...fresh.body.childNodes);
  // Who is reading a table stays where he was.
  main.querySelectorAll(".wide").forEach((each, index) => {
    const [left, top, active] = seen[index] || [0, 0, false];
    if (active) each.focus({ preventScroll: true });
    each.scrollTo(left, top);
  });
  speak();
}

const events = new EventSource("/events");
events.addEventListener("open", () => say("● 实时更新", false));
events.addEventListener("changed", (event) => replace(event.data));
events.addEventListener("error", () => {
  const over = events.readyState === EventSource.CLOSED;
  say(over ? "△ 已停止更新，请刷新本页" : "△ 连接中断，正在重连，以下为断线前的数据", true);
});
// The next page starts with free hands: a browser opens six connections to one server.
window.addEventListener("pagehide", () => events.close());
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
