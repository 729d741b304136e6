"use strict";
// The page is whole without this: it adds a filter, sorting, keys and links that open what they
// lead to. It reads the page alone and asks nothing of a network.
(() => {
  const rows = [...document.querySelectorAll("tr[data-standing]")];
  const bodies = [...document.querySelectorAll("details.cell")];
  const groups = [...document.querySelectorAll("details.group")];
  const make = (tag, attributes, ...inside) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...inside);
    return element;
  };

  // A link opens what it leads to, and all around it.
  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", open);

  const wanted = new URLSearchParams(location.search);
  const chosen = new Set((wanted.get("show") || "").split(",").filter(Boolean));
  const find = make("input", { type: "search", id: "find", placeholder: "scenario, browser, check …" });
  find.value = wanted.get("find") || "";
  const count = make("output", { "aria-live": "polite" });

  const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  for (const body of bodies) words.set(body, body.textContent.toLowerCase());
  const matches = (element) =>
    (!chosen.size || chosen.has(element.dataset.standing)) &&
    find.value.toLowerCase().split(/\s+/).every((word) => words.get(element).includes(word));
  const byLink = new Map(bodies.map((body) => [`#${body.querySelector(".body").id}`, body]));
  const apply = () => {
    const filtered = chosen.size > 0 || find.value.trim() !== "";
    let shown = 0;
    for (const row of rows) {
      const body = byLink.get(row.querySelector("a").getAttribute("href"));
      const hit = matches(row) || (body !== undefined && matches(body));
      row.hidden = !hit;
      if (body) body.hidden = !hit;
      shown += hit;
    }
    for (const group of groups) if (filtered) group.open = true;
    count.textContent = filtered ? `${shown} of ${rows.length} cells` : "";
    const query = new URLSearchParams();
    if (find.value) query.set("find", find.value);
    if (chosen.size) query.set("show", [...chosen].join(","));
    const search = query.size ? `?${query}` : "";
    try {
      history.replaceState(null, "", `${location.pathname}${search}${location.hash}`);
    } catch {
      // A sandboxed frame has no history of its own: the filter works, its link does not.
    }
  };

  if (rows.length > 1) {
    const bar = make("div", { class: "tools", role: "search" });
    bar.append(make("label", { for: "find" }, "Find"), find);
    for (const standing of new Set(rows.map((row) => row.dataset.standing))) {
      const button = make("button", { type: "button", "aria-pressed": String(chosen.has(standing)) });
      button.textContent = `${standing} ${rows.filter((r) => r.dataset.standing === standing).length}`;
      button.addEventListener("click", () => {
        if (!chosen.delete(standing)) chosen.add(standing);
        button.setAttribute("aria-pressed", String(chosen.has(standing)));
        apply();
      });
      bar.append(button);
    }
    bar.append(count, make("span", { class: "hint" }, "Keys: / find, n and p next and previous failure"));
    document.querySelector("#cells > h2").after(bar);
    find.addEventListener("input", apply);
  }

  // A heading sorts the rows below it; a second time, the other way round.
  const keys = [
    (row) => Number(row.dataset.place),
    (row) => row.cells[1].textContent,
    (row) => Number(row.cells[2].textContent),
    (row) => row.cells[3].textContent,
    (row) => Number(row.dataset.took),
  ];
  for (const table of document.querySelectorAll("table.cells")) {
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      const button = make("button", { type: "button", class: "sort" }, ...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const down = heading.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", down ? "descending" : "ascending");
        const compare = (a, b) => {
          const [left, right] = [keys[column](a), keys[column](b)];
          return typeof left === "number" ? left - right : left.localeCompare(right);
        };
        const sorted = [...table.tBodies[0].rows].sort((a, b) => (down ? -1 : 1) * compare(a, b));
        table.tBodies[0].append(...sorted);
      });
    });
  }

  const failures = () => bodies.filter((b) => !b.hidden && /^(fail|unknown)$/.test(b.dataset.standing));
  let at = -1;
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "Escape" && event.target === find) {
      find.value = "";
      apply();
      find.blur();
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && find.isConnected) {
      event.preventDefault();
      find.focus();
    } else if (event.key === "n" || event.key === "p") {
      const found = failures();
      if (!found.length) return;
      at = (at + (event.key === "n" ? 1 : -1) + found.length) % found.length;
      found[at].open = true;
      found[at].querySelector("summary").focus();
      found[at].scrollIntoView();
    }
  });

  if (rows.length > 1) apply();
  open();
})();
