"use strict";
// The page works without this script: forms are sent and a new page comes back.
// With it, the page stays where it is and says in words what happens.

const status = () => document.getElementById("status");

function say(text, fault) {
  status().classList.toggle("fault", Boolean(fault));
  status().firstElementChild.textContent = text;
}

function localTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const when = new Date(time.dateTime);
    if (isNaN(when)) continue;
    const today = when.toDateString() === new Date().toDateString();
    const clock = when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    time.textContent = today ? clock : when.toLocaleDateString() + ", " + clock;
  }
}

// Put the page's present state in place of the old one; what was folded open stays open.
async function refresh(openId) {
  const answer = await fetch(document.body.dataset.base + "course", { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error("the page could not be loaded again");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const open = [...document.querySelectorAll("details[id][open]")].map((d) => d.id).concat(openId);
  document.getElementById("main").replaceChildren(...page.getElementById("main").childNodes);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  localTimes(document);
}

async function send(form) {
  const button = form.querySelector("button");
  const card = form.closest("article").id;
  const began = Date.now();
  button.setAttribute("aria-disabled", "true"); // it keeps the focus while it works
  say(form.dataset.busy);
  const counter = setInterval(() => {
    button.dataset.seconds = Math.round((Date.now() - began) / 1000) + " s";
  }, 1000);
  let said = null;
  let fault = false;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { Accept: "application/json" },
    });
    if (answer.headers.get("Content-Type")?.includes("application/json")) {
      const result = await answer.json();
      said = result.said;
      fault = Boolean(result.fault);
    }
    if (!said) {
      said = answer.status === 403 ? "Your login has ended. Load this page again and log in." : "The server answered with an error (" + answer.status + ").";
      fault = true;
    }
    await refresh(card + "-results");
  } catch (error) {
    said = said || "The server cannot be reached. Is the course still running in its window?";
    fault = true;
  } finally {
    clearInterval(counter);
    button.removeAttribute("aria-disabled");
    delete button.dataset.seconds;
  }
  say(said, fault);
  const target = document.getElementById(card);
  const again = target?.querySelector(`form[action="${form.getAttribute("action")}"] button`);
  const next = fault
    ? again?.checkVisibility() ? again : target?.querySelector("form button")
    : document.getElementById(form.dataset.then) || target?.querySelector(":scope > details > summary");
  next?.focus({ preventScroll: true });
  target?.scrollIntoView({ block: "start" });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.busy) return;
  event.preventDefault();
  if (form.querySelector("[aria-disabled]")) return;
  send(form);
});

// Coming back from a model answer: unfold the exercise that the address names.
function unfold() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (!target) return;
  target.closest("details")?.setAttribute("open", "");
  target.scrollIntoView();
}

localTimes(document);
unfold();
window.addEventListener("hashchange", unfold);
