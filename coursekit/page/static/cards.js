"use strict";
// The flash cards work without this script: each answer brings a new page.
// With it, the page stays, the answer is announced, and the focus goes to what is new.

async function turn(form, button) {
  const data = new URLSearchParams(new FormData(form, button));
  const post = form.method === "post";
  const address = post ? form.action : form.action + "?" + data;
  let page;
  try {
    const answer = await fetch(address, { method: form.method, body: post ? data : undefined, headers: { Accept: "text/html" } });
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.getElementById("word")) throw new Error("no card");
  } catch {
    say("The card cannot be loaded. Is the course still running in its window? Load this page again.", true);
    return;
  }
  const said = page.getElementById("status");
  document.getElementById("main").replaceChildren(...page.getElementById("main").childNodes);
  say(said.textContent.trim(), said.classList.contains("fault"));
  document.getElementById(form.dataset.then)?.focus();
}

document.addEventListener("submit", (event) => {
  if (!event.target.dataset.then) return;
  event.preventDefault();
  turn(event.target, event.submitter);
});
