// A formula: typed freely, checked when the fingers rest, what is wrong marked in the text; names complete themselves.
(function () {
  "use strict";
  const { createElement: h, useState, useEffect, useRef } = React;
  const REST_MILLISECONDS = 400;
  const MOST_NAMES = 8;
  const WORD = /[\p{L}_][\p{L}\p{N}_.]*$/u;

  function segments(text, marks) {
    const parts = [];
    let at = 0;
    [...marks].sort((a, b) => a[0] - b[0]).forEach(([start, end], number) => {
      const from = Math.max(at, Math.min(start, text.length));
      const to = Math.max(from, Math.min(Math.max(end, start + 1), text.length));
      parts.push(text.slice(at, from), h("mark", { key: number }, text.slice(from, to)));
      at = to;
    });
    return [...parts, text.slice(at), "\n"];
  }

  function Formula({ id, className, label, value = "", longest, marks = [], checked, names = [], setProps }) {
    const [own, setOwn] = useState(value);
    const [word, setWord] = useState("");
    const [chosen, setChosen] = useState(0);
    const area = useRef(null);
    const timer = useRef(0);
    useEffect(() => setOwn(value), [value]);
    useEffect(() => () => clearTimeout(timer.current), []);
    const tell = (text) => { clearTimeout(timer.current); if (text !== value) setProps({ value: text }); };
    const read = (text, caret) => {
      setOwn(text);
      setWord((WORD.exec(text.slice(0, caret)) || [""])[0]);
      setChosen(0);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => tell(text), REST_MILLISECONDS);
    };
    const low = word.toLowerCase();
    const found = word ? names.filter(([name]) => name.toLowerCase().startsWith(low) && name.toLowerCase() !== low).slice(0, MOST_NAMES) : [];
    const take = (name) => {
      const caret = area.current.selectionStart;
      const text = own.slice(0, caret - word.length) + name + own.slice(caret);
      const after = caret - word.length + name.length;
      read(text, after);
      setWord("");
      requestAnimationFrame(() => { area.current.focus(); area.current.setSelectionRange(after, after); });
    };
    const press = (event) => {
      if (!found.length || event.nativeEvent.isComposing) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) setChosen((chosen + step + found.length) % found.length);
      else if (event.key === "Enter" || event.key === "Tab") take(found[chosen][0]);
      else if (event.key === "Escape") setWord("");
      else return;
      event.preventDefault();
    };
    const shown = checked === own ? marks : [];
    return h("div", { className: ["field", "formula", className].filter(Boolean).join(" ") },
      h("label", { className: "field-name", htmlFor: id }, label),
      h("div", { className: "formula-text" },
        h("pre", { "aria-hidden": true }, segments(own, shown)),
        h("textarea", { id, ref: area, value: own, rows: 4, maxLength: longest, spellCheck: false, autoCapitalize: "off", autoComplete: "off", "aria-invalid": shown.length ? true : undefined, "aria-autocomplete": "list", onChange: (event) => read(event.target.value, event.target.selectionStart), onKeyDown: press, onBlur: () => { tell(own); setWord(""); } })),
      found.length > 0 && h("ul", { className: "formula-names", role: "listbox" }, found.map(([name, help], at) =>
        h("li", { key: name, role: "option", "aria-selected": at === chosen, onMouseDown: (event) => { event.preventDefault(); take(name); } }, h("b", null, name), h("small", null, help)))));
  }

  // ---- the rows of a table as a grid; its value stays what a spreadsheet copies: lines of cells between tabs ----
  const MOST_IN_GRID = 400; // more rows are typed as text
  const cellsOf = (text) => text.replace(/\r\n?/g, "\n").replace(/\n+$/, "").split("\n").map((line) => line.split("\t"));
  const textOf = (rows) => rows.map((row) => row.join("\t")).join("\n");

  function Sheet({ id, field, value, take, invalid }) {
    const grid = useRef(null);
    const [refused, setRefused] = useState("");
    const [head, ...given] = cellsOf(value || "");
    const rows = (given.length ? given : [[]]).map((row) => head.map((_, at) => row[at] || ""));
    if (given.length > MOST_IN_GRID) return h(window.basis_kit.KINDS.document, { id, field, value, take, invalid });
    const put = (changed) => take(textOf([head, ...changed]));
    const focus = (row, column) => requestAnimationFrame(() => {
      const cell = grid.current && grid.current.querySelector(`[data-cell="${row}:${column}"]`);
      if (cell) { cell.focus(); if (cell.select) cell.select(); }
    });
    const empty = () => head.map(() => "");
    const write = (row, column, text) => put(rows.map((cells, at) => (at === row ? cells.map((cell, place) => (place === column ? text : cell)) : cells)));
    const paste = (event, row, column) => {
      const text = event.clipboardData.getData("text/plain");
      if (!/[\t\n]/.test(text.replace(/\n+$/, ""))) return; // one cell: as the browser pastes it
      event.preventDefault();
      let pasted = cellsOf(text);
      if (textOf([pasted[0]]).toLowerCase() === textOf([head]).toLowerCase()) pasted = pasted.slice(1);
      const widest = Math.max(...pasted.map((cells) => cells.findLastIndex((cell) => cell.trim()) + 1));
      if (column + widest > head.length) { setRefused(field.wider.replace("{pasted}", widest).replace("{there}", head.length - column).replace("{column}", head[column])); return; }
      setRefused("");
      const changed = rows.map((cells) => [...cells]);
      pasted.forEach((cells, down) => {
        while (changed.length <= row + down) changed.push(empty());
        cells.slice(0, head.length - column).forEach((cell, right) => { changed[row + down][column + right] = cell.trim(); });
      });
      put(changed);
    };
    const keys = (event, row, column) => {
      if (event.nativeEvent.isComposing) return;
      const step = { ArrowDown: 1, ArrowUp: -1, Enter: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = row + step;
      if (next < 0) return;
      if (next === rows.length) { if (event.key !== "Enter") return; put([...rows, empty()]); }
      focus(next, column);
    };
    // as wide as what stands in it; Chinese letters are twice as wide
    const letters = (text) => [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? 2 : 1), 0);
    const widths = head.map((_, column) => Math.min(46, Math.max(8, ...rows.map((cells) => letters(cells[column])))) + 3 + "ch");
    const named = (name) => (field.heads || {})[name] || name;
    const chosen = (text, row, column, options) => h("select", { value: text, "data-cell": row + ":" + column, "aria-label": named(head[column]) + " " + (row + 1), onChange: (event) => write(row, column, event.target.value), onPaste: (event) => paste(event, row, column) },
      !options.some((one) => one.value === text) && h("option", { value: text }, text), options.map((one) => h("option", { key: one.value, value: one.value }, one.label)));
    const typed = (text, row, column) => h("input", { type: "text", value: text, title: letters(text) > 46 ? text : undefined, "data-cell": row + ":" + column, maxLength: field.longest, spellCheck: false, autoComplete: "off", "aria-label": named(head[column]) + " " + (row + 1), onChange: (event) => write(row, column, event.target.value), onPaste: (event) => paste(event, row, column), onKeyDown: (event) => keys(event, row, column) });
    const cell = (text, row, column) => {
      const options = (field.choices || {})[head[column]];
      return h("td", { key: column, style: { minWidth: widths[column] } }, options ? chosen(text, row, column, options) : typed(text, row, column));
    };
    const away = (row) => h("td", { key: "away" }, h("button", { type: "button", className: "btn btn-quiet", "aria-label": field.remove + " " + (row + 1), title: field.remove, onClick: () => put(rows.filter((_, at) => at !== row)) }, h(window.basis_kit.Icon, { name: "x-lg" })));
    return h("div", { id, ref: grid, className: "cell-grid", role: "group", "aria-label": field.label, "aria-invalid": invalid || undefined },
      h("div", { className: "cell-grid-wrap" }, h("table", null,
        h("thead", null, h("tr", null, h("td", null), head.map((name) => h("th", { key: name, scope: "col" }, named(name))), h("td", null))),
        h("tbody", null, rows.map((cells, row) => h("tr", { key: row }, h("th", { scope: "row" }, row + 1), cells.map((text, column) => cell(text, row, column)), away(row)))))),
      refused && h("span", { className: "field-problem", role: "alert" }, refused),
      h("button", { type: "button", className: "btn btn-outline", onClick: () => { put([...rows, empty()]); focus(rows.length, 0); } }, h(window.basis_kit.Icon, { name: "plus-lg" }), field.add));
  }
  window.basis_kit.KINDS.sheet = Sheet;

  Object.assign(window.basis_kit, { Formula });
})();
