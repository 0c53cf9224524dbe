// The board without a reload: when the server says that something has changed, the page is fetched anew and its <main> exchanged.
// Everything works without this file. A form that somebody is filling in is never taken away: then a link offers the new page.
"use strict";

const main = document.querySelector("main[data-live]");
const offer = document.getElementById("changed");

function busy() {
  if (main.querySelector("details[open] form, form details[open]")) return true;
  return main.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
}

function offerIt() {
  offer.firstElementChild.href = location.href;
  offer.hidden = false;
}

async function renew() {
  if (busy()) return offerIt();
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return location.reload();
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  if (busy()) return offerIt(); // somebody has begun to fill in a form while the page was fetched
  const focused = main.contains(document.activeElement) ? document.activeElement.id : "";
  const picture = main.querySelector(".picture");
  const [left, top] = picture ? [picture.scrollLeft, picture.scrollTop] : [0, 0];
  main.replaceChildren(...fresh.childNodes);
  main.querySelector(".picture")?.scrollTo(left, top);
  show();
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

// The current state comes into view in a picture that is wider than its frame.
function show() {
  const picture = main.querySelector(".picture");
  const now = picture?.querySelector(".now rect");
  if (!now || picture.scrollLeft) return;
  const frame = picture.getBoundingClientRect(), box = now.getBoundingClientRect();
  picture.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
  picture.scrollTop += box.top + box.height / 2 - frame.top - frame.height / 2;
}

if (main) {
  show();
  let last = Promise.resolve();
  const source = new EventSource(main.dataset.live);
  source.addEventListener("changed", () => { last = last.then(renew, renew); });
  addEventListener("pagehide", () => source.close());
}
