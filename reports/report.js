"use strict";
(() => {
  const table = document.querySelector("#appendix table");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, text: row.textContent.toLowerCase() }));
  const box = document.querySelector(".filter");
  const input = box.querySelector("input");
  const shown = box.querySelector("output");
  const tell = (number) => { shown.textContent = number.toLocaleString() + " " + shown.dataset.words; };
  const filter = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let number = 0;
    for (const { row, text } of rows) {
      const keep = words.every((word) => text.includes(word));
      row.hidden = !keep;
      if (keep) number += 1;
    }
    tell(number);
  };
  const value = (row, place) => {
    const text = row.cells[place].textContent.trim().replace(/,/g, "").replace(/\u2212/g, "-");
    const number = parseFloat(text);
    return Number.isNaN(number) ? text : number;
  };
  const compare = (a, b) => {
    if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
    return typeof a === "number" ? -1 : 1;
  };
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = table.dataset.sort;
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((one) => one.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const keyed = rows.map((one) => [value(one.row, place), one.row]);
      keyed.sort((a, b) => (up ? 1 : -1) * compare(a[0], b[0]));
      body.append(...keyed.map((one) => one[1]));
    });
  });
  input.addEventListener("input", filter);
  box.hidden = false;
  tell(rows.length);
})();
