// The page's own script: keys in the table of rows, focus and words after a swap, dropping, and a send that is followed.
// Without it everything works by forms; nothing here decides anything.
"use strict";

(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // what a reader of the screen hears
  function speak(text) {
    const live = $("#live");
    live.textContent = "";
    setTimeout(() => { live.textContent = text; }, 50);
  }

  function tell(node) {
    const place = $("#messages");
    place.replaceChildren(node);
    place.scrollIntoView({ block: "nearest" });
  }

  // --- the table of rows: F8 and Shift+F8 go to failing cells, Enter saves (a form does), Esc takes typing back
  const failing = () => {
    const wrong = all(".grid td.error input");
    return wrong.length ? wrong : all(".grid td.bad input");
  };

  function goTo(input) {
    input.scrollIntoView({ block: "center", inline: "nearest" });
    input.focus({ preventScroll: true });
    input.select();
  }

  function nextError(back) {
    const cells = failing();
    if (!cells.length) return;
    const from = document.activeElement?.closest(".grid tbody, .grid td") ? document.activeElement : null;
    const order = (cell) => (from ? from.compareDocumentPosition(cell) : Node.DOCUMENT_POSITION_FOLLOWING);
    const ahead = cells.filter((cell) => order(cell) & Node.DOCUMENT_POSITION_FOLLOWING);
    const behind = cells.filter((cell) => order(cell) & Node.DOCUMENT_POSITION_PRECEDING);
    const found = back ? behind.at(-1) ?? cells.at(-1) : ahead[0];
    if (found) goTo(found);
    else {
      const more = $(".pager a[rel=next]");
      if (more) more.focus();
      else goTo(cells[0]);
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "F8" && $(".grid")) {
      event.preventDefault();
      nextError(event.shiftKey);
    }
    const input = event.target;
    if (event.key === "Escape" && input.matches?.(".grid td:is(.bad, .open) input, .grid input[data-free]")) {
      if (input.dataset.free !== undefined) closeCell(input);
      else { input.value = input.defaultValue; input.select(); }
    }
    if (event.key === "Enter" && input.matches?.("input[data-free]")) saveCell(input);
    if (event.key === "Enter" && input.matches?.("input[type=search]")) event.preventDefault();
  });

  // --- a page asked for anew goes on at the row its address names, or at the first failing one below it
  const named = /^#row-(\d+)$/.exec(location.hash);
  if (named) {
    const below = all(".grid tbody[data-line]").filter((row) => Number(row.dataset.line) >= Number(named[1]));
    const cell = below.map((row) => $("td:is(.bad, .open) input", row)).find(Boolean);
    // a browser that goes to the address's row takes the focus from whatever has it
    window.addEventListener("load", () => requestAnimationFrame(() => { if (cell) goTo(cell); }));
    speak($("#counts")?.textContent.replace(/\s+/g, " ").trim() ?? "");
  }

  // --- any other cell: a double click opens it in its place
  document.addEventListener("dblclick", (event) => {
    const cell = event.target.closest?.(".grid tbody tr:first-child > td:not(.bad, .open)");
    if (!cell || $("input", cell)) return;
    const grid = cell.closest(".grid");
    const line = cell.closest("tbody").dataset.line;
    const input = document.createElement("input");
    input.dataset.free = "";
    input.defaultValue = [...cell.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join("").trim();
    input.setAttribute("aria-label", grid.dataset.label.replace("{h}", cell.dataset.label).replace("{n}", line));
    cell.dataset.before = input.defaultValue;
    cell.replaceChildren(input);
    input.focus();
    input.select();
  });

  function closeCell(input) {
    const cell = input.closest("td");
    cell.replaceChildren(cell.dataset.before);
  }

  function saveCell(input) {
    const cell = input.closest("td");
    const row = cell.closest("tbody");
    const { edits, table, show, from } = cell.closest(".grid").dataset;
    if (input.value === cell.dataset.before) { closeCell(input); return; }
    const values = { csrf: $("input[name=csrf]").value, table, show, from, line: row.dataset.line, heading: cell.dataset.label, value: input.value };
    htmx.ajax("POST", edits, { source: row, target: `#${row.id}`, swap: "outerHTML", values });
  }

  // --- a catalogue is searched where its link stands; the field is made when it is wanted: hundreds of fields that
  // nobody uses cost Chromium seconds at the first key
  document.addEventListener("toggle", (event) => {
    const link = event.target.matches?.("details.lookup") && $("a.keys", event.target);
    if (!link) return;
    const search = document.createElement("input");
    Object.assign(search, { type: "search", name: "q", placeholder: link.dataset.hint });
    const marks = { form: "", "aria-label": link.dataset.label, "hx-get": link.getAttribute("href"), "hx-target": "next .found",
      "hx-trigger": "input changed delay:250ms, focus once", "hx-swap": "innerHTML" };
    for (const [name, value] of Object.entries(marks)) search.setAttribute(name, value);
    const found = document.createElement("div");
    found.className = "found";
    found.setAttribute("aria-live", "polite");
    link.replaceWith(search, found);
    htmx.process(search);
    search.focus();
  }, true);

  // --- keys of a catalogue: a click writes the key into the cell and saves it
  document.addEventListener("click", (event) => {
    const key = event.target.closest?.("button[data-key]");
    const form = key?.closest("form.edit");
    if (!form) return;
    const input = form.elements.namedItem("value");
    const cell = input instanceof RadioNodeList ? [...input].find((one) => one.tagName === "INPUT") : input;
    cell.value = key.dataset.key;
    form.requestSubmit($("button.save", form));
  });

  // --- after a swap: focus stays where it was, or at the row's next failing cell; what became of it is said
  let kept = null;
  document.addEventListener("htmx:before:swap", () => {
    const at = document.activeElement;
    const row = at?.closest?.("tbody[data-line]");
    kept = row ? { id: at.id, row: row.id } : null;
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!kept) return;
    const row = document.getElementById(kept.row);
    const lost = !document.activeElement || document.activeElement === document.body;
    const cell = document.getElementById(kept.id) ?? (row && $("td.bad input", row));
    if (lost && cell) cell.focus();
    else if (lost && row) {
      const head = $("th", row);
      head.tabIndex = -1;
      head.focus();
    }
    if (row) speak(($(".verdict", row) ?? $(".reason", row) ?? row).textContent.replace(/\s+/g, " ").trim());
    kept = null;
  });

  // --- what goes wrong on the way: a refusal is shown above the page, and nothing that was typed is lost
  document.addEventListener("htmx:response:error", async (event) => {
    const ctx = event.detail.ctx;
    const text = ctx?.text ?? (await ctx?.response?.raw?.clone?.().text().catch(() => "")) ?? "";
    const said = new DOMParser().parseFromString(text, "text/html").querySelector("main .notice");
    tell(said ?? $("#lost").content.cloneNode(true));
  });
  document.addEventListener("htmx:error", (event) => {
    if (!event.detail.ctx?.response) tell($("#lost").content.cloneNode(true));
  });

  // --- a file dropped anywhere on the page is put into the form
  const drop = $("form.drop");
  if (drop) {
    const field = $("input[type=file]", drop);
    for (const name of ["dragenter", "dragover"]) {
      document.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
    }
    document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      if (!event.dataTransfer?.files.length) return;
      field.files = event.dataTransfer.files;
      drop.requestSubmit();
    });
  }

  // --- no form is sent twice by an impatient hand
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.getAttribute("aria-busy") === "true") { event.preventDefault(); return; }
    form.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => all("form[aria-busy]").forEach((form) => form.removeAttribute("aria-busy")));

  // --- a send is followed: what it tells makes the part of the page be asked for anew
  const followed = $("[data-events][data-runs]");
  if (followed && "EventSource" in window) {
    const source = new EventSource(followed.dataset.events);
    let waiting = null;
    let spoken = 0;
    const refresh = () => {
      waiting = null;
      htmx.ajax("GET", followed.dataset.part, { target: `#${followed.id}`, swap: "innerMorph" });
      if (Date.now() - spoken > 10000) {
        spoken = Date.now();
        speak($(".bar", followed)?.textContent.replace(/\s+/g, " ").trim() ?? "");
      }
    };
    source.onmessage = () => { waiting ??= setTimeout(refresh, 400); };
    source.addEventListener("ended", () => {
      source.close();
      clearTimeout(waiting);
      location.reload();
    });
  }
})();
