"use strict";
// A notebook links to the course page as /course/... and cannot know the address of the server that shows it.
// Behind a JupyterHub, on Binder and on a named server that address begins with a prefix such as /user/ada/.
// JupyterLab leaves such links alone, so the prefix is put in front when a link is about to be used.
// A tool that was saved yesterday has no kernel today; a sentence says how to wake it.
// The form below is what JupyterLab loads; it is small enough to need no bundler.
(window._JUPYTERLAB = window._JUPYTERLAB || {})["priorauth-links"] = {
  init: () => {},
  get: async () => () => ({ __esModule: true, default: plugin }),
};

const ASLEEP =
  "This tool is asleep. To wake it and all others, choose Run in the menu at the top, then Run All Cells. Your answers stay.";

const plugin = {
  id: "priorauth-links:plugin",
  autoStart: true,
  activate: () => {
    const base = JSON.parse(document.getElementById("jupyter-config-data").textContent).baseUrl;
    const mend = (event) => {
      const link = event.target.closest?.('a[href^="/course"]');
      if (link && base !== "/") link.setAttribute("href", base + link.getAttribute("href").slice(1));
    };
    // before a mouse, a finger or a key can open it, and before the browser shows its address
    for (const kind of ["pointerover", "pointerdown", "focusin", "click"]) document.addEventListener(kind, mend, true);

    // A saved tool whose kernel is gone: JupyterLab shows "Error displaying widget: model not found".
    let waiting = false;
    const wake = () => {
      waiting = false;
      for (const place of document.querySelectorAll(".jp-OutputArea-output.jupyter-widgets"))
        if (place.textContent.startsWith("Error displaying widget")) place.textContent = ASLEEP;
    };
    new MutationObserver(() => {
      if (!waiting) requestAnimationFrame(wake);
      waiting = true;
    }).observe(document.body, { childList: true, subtree: true });
  },
};
