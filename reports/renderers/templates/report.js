"use strict";
(() => {
  const table = document.querySelector("#appendix table");
  const source = document.querySelector("#rows");
  if (!table || !source) return;
  const { columns, rows: size } = JSON.parse(source.textContent);
  const numeric = [...table.tHead.rows[0].cells].map((head) => head.classList.contains("n"));
  const body = table.tBodies[0];
  const box = document.querySelector(".filter");
  const input = box.querySelector("input");
  const shown = box.querySelector("output");
  const more = document.querySelector("#more");
  const choices = [...box.querySelectorAll("select")];
  const page = 250;
  const text = (row, place) => columns[place].values[columns[place].at[row]];
  const lower = columns.map((column) => column.values.map((value) => value.toLowerCase()));
  const { thousands, decimal } = table.dataset;
  const number = (value) => parseFloat(
    value.trim().replaceAll(thousands, "").replace(decimal, ".").replace(/\u2212/g, "-"));
  const compare = (a, b) => {
    if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
    return typeof a === "number" ? -1 : 1;
  };
  const counted = (value) => value.toLocaleString("en").replaceAll(",", thousands);
  let order = Array.from({ length: size }, (_, row) => row);
  let kept = order;
  let drawn = 0;
  const draw = () => {
    const part = document.createDocumentFragment();
    for (const row of kept.slice(drawn, drawn + page)) {
      const line = document.createElement("tr");
      columns.forEach((_, place) => {
        const cell = document.createElement(place === 0 ? "th" : "td");
        if (place === 0) cell.scope = "row";
        if (numeric[place]) cell.className = "n";
        cell.textContent = text(row, place);
        if (!numeric[place] && cell.textContent.length > 40) cell.className = "long";
        line.append(cell);
      });
      part.append(line);
    }
    drawn = Math.min(drawn + page, kept.length);
    body.append(part);
    more.hidden = drawn >= kept.length;
    shown.textContent = shown.dataset.words
      .replace("{shown}", counted(drawn)).replace("{kept}", counted(kept.length))
      .replace("{all}", counted(size));
  };
  const filter = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = words.map((word) => lower.map((values) => values.map((value) => value.includes(word))));
    const chosen = choices.filter((one) => one.value).map((one) => [Number(one.dataset.column), one.value]);
    kept = order.filter((row) => chosen.every(([place, value]) => text(row, place) === value)
      && hits.every((hit) => columns.some((column, at) => hit[at][column.at[row]])));
    body.replaceChildren();
    drawn = 0;
    draw();
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
      const keys = columns[place].values.map((value) => (Number.isNaN(number(value)) ? value : number(value)));
      const at = columns[place].at;
      order = [...order].sort((a, b) => (up ? 1 : -1) * compare(keys[at[a]], keys[at[b]]));
      filter();
    });
  });
  choices.forEach((choice) => {
    const column = columns[Number(choice.dataset.column)];
    choice.closest("label").hidden = !column || column.values.length < 2;
    (column ? [...column.values].sort() : []).forEach((value) => choice.append(new Option(value, value)));
    choice.addEventListener("change", filter);
  });
  input.addEventListener("input", filter);
  more.addEventListener("click", draw);
  table.caption.textContent = table.dataset.caption;
  box.hidden = false;
  filter();
})();
