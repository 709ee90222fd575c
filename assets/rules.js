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

  Object.assign(window.basis_kit, { Formula });
})();
