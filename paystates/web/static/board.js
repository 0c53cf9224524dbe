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

// A browser asks again for a stream that broke off, but never for one that it was refused, as when too many are open. That one is
// asked for here, ever more rarely; until it is had, the page says that it does not follow, and then it is fetched anew.
const FIRST = 5_000, LONGEST = 60_000; // milliseconds
const stale = document.getElementById("stale");
let source, later, pause = FIRST, last = Promise.resolve();

function changed() {
  last = last.then(renew, renew);
}

function follow() {
  source = new EventSource(main.dataset.live);
  source.addEventListener("changed", changed);
  source.addEventListener("open", () => {
    if (!stale.hidden) changed();
    stale.hidden = true;
    pause = FIRST;
  });
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return;
    stale.hidden = false;
    later = setTimeout(follow, pause);
    pause = Math.min(2 * pause, LONGEST);
  });
}

if (main) {
  show();
  follow();
  addEventListener("pagehide", () => { source.close(); clearTimeout(later); });
}
