// Forms, histories and files of records. What people typed stays text; the server decides what it means.
(function () {
  "use strict";
  const { createElement: h, useState, useEffect, useRef } = React;
  const { Icon } = window.basis_kit;
  const join = (...names) => names.filter(Boolean).join(" ");
  const MOST_SHOWN = 200;

  // ---- a field with a list below: `words` is what is being typed, null when nobody is ----
  function Combo({ id, label, invalid, shown, hint, words, type, found, said, first = 0, free, indent, choose }) {
    const [place, setPlace] = useState(0);
    const list = id + "-list", open = words !== null && (found.length > 0 || Boolean(said));
    const pick = (one) => { choose(one); type(null); document.activeElement.blur(); };
    const keys = (event) => {
      if (event.nativeEvent.isComposing) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && found.length) { event.preventDefault(); setPlace((place + step + found.length) % found.length); }
      if (event.key === "Enter" && words !== null && (found[place] || !free)) { event.preventDefault(); if (found[place]) pick(found[place]); }
      if (event.key === "Escape") { type(null); event.target.blur(); }
    };
    useEffect(() => {
      const marked = open && document.getElementById(list + place);
      if (marked) marked.scrollIntoView({ block: "nearest" });
    }, [place, open]);
    const option = (one, at) => h("li", { key: one.value, id: list + at, role: "option", "aria-selected": at === place, style: one.depth && indent ? { paddingLeft: 10 + one.depth * 16 + "px" } : undefined, onPointerDown: (event) => { event.preventDefault(); pick(one); }, onPointerMove: () => setPlace(at) }, h("span", null, one.label), one.code && h("small", null, one.code));
    return h("div", { className: "pick" },
      h("input", { id, type: "text", role: "combobox", "aria-label": label, autoComplete: "off", spellCheck: false, maxLength: 80, "aria-expanded": open, "aria-controls": list, "aria-autocomplete": "list", "aria-activedescendant": open && found[place] ? list + place : undefined, "aria-invalid": invalid || undefined, placeholder: hint, value: words === null ? shown : words, onFocus: () => { type("", true); setPlace(Math.max(0, first)); }, onChange: (event) => { type(event.target.value); setPlace(0); }, onBlur: () => type(null), onKeyDown: keys }),
      h(Icon, { name: free ? "search" : "chevron-expand" }),
      h("ul", { id: list, role: "listbox", className: "search-found", hidden: !open }, found.length ? found.map(option) : h("li", { className: "none", role: "option", "aria-selected": false }, said)));
  }

  // ---- one of many: type to find ----
  function Pick({ id, label, options, value, take, invalid, empty }) {
    const [words, setWords] = useState(null);
    const chosen = options.find((option) => option.value === value);
    const sought = (words || "").trim().toLowerCase();
    const fits = (option) => (option.label + " " + (option.code || "")).toLowerCase().includes(sought);
    const found = (sought ? options.filter(fits) : options).slice(0, MOST_SHOWN);
    return h(Combo, { id, label, invalid, shown: chosen ? chosen.label : value || "", hint: chosen ? chosen.label : "", words, type: setWords, found, said: empty, first: options.indexOf(chosen), indent: !sought, choose: (option) => take(option.value) });
  }

  // ---- one of very many: the server looks once the fingers rest; a number may be typed without choosing ----
  const REST_MS = 220;
  const heard = new Set();
  let ask = null;
  function Finder({ found, setProps }) {
    ask = (asked) => setProps({ asked });
    useEffect(() => { if (found) heard.forEach((hear) => hear(found)); }, [found]);
    return null;
  }
  function Sought({ id, field, value, take, invalid }) {
    const [words, setWords] = useState(null);
    const [answer, setAnswer] = useState({});
    const [taken, setTaken] = useState(null); // shown by name while its number stands in the field
    const asked = (words || "").trim();
    const answered = answer.kind === field.kind && answer.words === asked;
    const found = asked && answered ? answer.entries : [];
    useEffect(() => { heard.add(setAnswer); return () => heard.delete(setAnswer); }, []);
    useEffect(() => {
      if (!asked) return undefined;
      const resting = setTimeout(() => ask && ask({ kind: field.kind, words: asked }), REST_MS);
      return () => clearTimeout(resting);
    }, [asked]);
    const choose = (one) => { setTaken(one); take(one.value); };
    const type = (text, begun) => {
      if (text === null && asked && found.length === 1) choose(found[0]); // left with only one that fits
      if (text !== null && !begun) take(text.trim());
      setWords(text);
    };
    const shown = taken && taken.value === value ? taken.label + " \u00b7 " + value : value || "";
    return h(Combo, { id, invalid, shown, hint: shown || field.placeholder, words, type, found, said: asked && (answered ? field.none : field.waiting), free: true, choose });
  }

  // ---- several of many ----
  function Several({ id, field, value, take }) {
    const [words, setWords] = useState("");
    const chosen = value || [];
    const toggle = (one, on) => take(on ? [...chosen, one] : chosen.filter((each) => each !== one));
    const shown = field.options.filter((option) => !words || (option.label + " " + (option.code || "")).toLowerCase().includes(words.toLowerCase()));
    const groups = [...new Set(shown.map((option) => option.group || ""))];
    const line = (option) => h("label", { key: option.value, className: "several-one", style: option.depth ? { paddingLeft: option.depth * 16 + "px" } : undefined },
      h("input", { type: "checkbox", checked: chosen.includes(option.value), onChange: (event) => toggle(option.value, event.target.checked) }), h("span", null, option.label));
    return h("div", { id, className: "several", role: "group", "aria-label": field.label },
      field.options.length > 24 && h("input", { type: "search", className: "form-control several-find", placeholder: field.find, "aria-label": field.find, value: words, onChange: (event) => setWords(event.target.value) }),
      h("div", { className: join("several-list", field.options.length > 24 && "long", field.options.some((option) => option.depth) && "tree") }, groups.map((group) => h("div", { key: group, className: "several-group" }, group && h("div", { className: "several-name" }, group), shown.filter((option) => (option.group || "") === group).map(line)))));
  }

  // ---- who gets which part ----
  function percent(text) { // hundredths of a millionth, so that no cent is lost; null when it is no part
    const found = /^\s*(\d{1,3})(?:[.,](\d{1,4}))?\s*%?\s*$/.exec(text || "");
    return found ? Number(found[1]) * 10000 + Number((found[2] || "").padEnd(4, "0")) : null;
  }
  function Parts({ id, field, value, take, invalid }) {
    const lines = value && value.length ? value : [{ person: "", ratio: "100" }];
    const set = (at, change) => take(lines.map((line, place) => (place === at ? { ...line, ...change } : line)));
    const sums = lines.map((line) => percent(line.ratio));
    const total = sums.includes(null) ? null : sums.reduce((sum, part) => sum + part, 0);
    const add = () => take([...lines, { person: "", ratio: total !== null && total < 1000000 ? String((1000000 - total) / 10000) : "" }]);
    return h("div", { id, className: "part-lines", role: "group", "aria-label": field.label },
      lines.map((line, at) => h("div", { key: at, className: "part-line" },
        h(Pick, { id: id + "-" + at, label: field.label + " " + (at + 1), options: field.options, value: line.person, invalid, empty: field.none, take: (person) => set(at, { person }) }),
        h("span", { className: "part-ratio" }, h("input", { type: "text", inputMode: "decimal", value: line.ratio, "aria-label": field.ratio, "aria-invalid": percent(line.ratio) === null || undefined, onChange: (event) => set(at, { ratio: event.target.value }) }), "%"),
        h("button", { type: "button", className: "btn btn-quiet", "aria-label": field.remove, title: field.remove, disabled: lines.length === 1, onClick: () => take(lines.filter((_, place) => place !== at)) }, h(Icon, { name: "x-lg" })))),
      h("div", { className: "part-foot" },
        h("button", { type: "button", className: "btn btn-outline", onClick: add }, h(Icon, { name: "plus-lg" }), field.add),
        h("span", { className: join("part-total", total === 1000000 ? "good" : "bad"), role: "status" }, field.total + " " + (total === null ? "\u2013" : total / 10000 + "\u202f%"))));
  }

  // ---- fields ----
  const plain = (type, more) => ({ id, field, value, take, invalid }) => h("input", { id, type, value: value || "", maxLength: field.longest, placeholder: field.placeholder, spellCheck: type === "text" ? undefined : false, autoComplete: type === "password" ? "new-password" : "off", "aria-invalid": invalid || undefined, onChange: (event) => take(event.target.value), ...more });
  function Choice({ id, field, value, take, invalid }) {
    if (field.options.length > 12) return h(Pick, { id, options: field.options, value: value || "", take, invalid, empty: field.none });
    const blank = !field.required || !value;
    return h("select", { id, value: value || "", "aria-invalid": invalid || undefined, onChange: (event) => take(event.target.value) },
      blank && h("option", { value: "" }, ""), field.options.map((option) => h("option", { key: option.value, value: option.value }, "\u2003".repeat(option.depth || 0) + option.label)));
  }
  const Area = ({ id, field, value, take, invalid }) => h("textarea", { id, value: value || "", rows: field.rows || 2, maxLength: field.longest, spellCheck: field.kind !== "document", className: field.kind === "document" ? "code" : undefined, "aria-invalid": invalid || undefined, onChange: (event) => take(event.target.value) });
  const Flag = ({ id, value, take }) => h("input", { id, type: "checkbox", role: "switch", className: "switch", checked: Boolean(value), onChange: (event) => take(event.target.checked) });
  const KINDS = { text: plain("text"), number: plain("text", { inputMode: "numeric" }), password: plain("password"), day: plain("date"), choice: Choice, flag: Flag, set: Several, document: Area, reason: Area, parts: Parts, agent: Sought };
  const GROUPED = new Set(["set", "parts", "sheet"]); // several controls under one name

  function Field({ form, field, value, problem, take }) {
    const id = form + "-" + field.name;
    const name = h(GROUPED.has(field.kind) ? "span" : "label", { className: "field-name", htmlFor: GROUPED.has(field.kind) ? undefined : id }, field.label, field.optional && h("small", null, field.optional));
    return h("div", { className: join("field", field.wide && "wide", field.kind === "flag" && "flag-field") }, name,
      h(KINDS[field.kind] || KINDS.text, { id, field, value, take, invalid: Boolean(problem) }),
      problem && h("span", { className: "field-problem", role: "alert" }, problem),
      field.hint && h("span", { className: "field-hint" }, field.hint));
  }

  function Form({ id, className, fields = [], values = {}, problems = {}, said, label, busyLabel, tone, submits, answered, watched = [], setProps }) {
    const [own, setOwn] = useState(values);
    const [busy, setBusy] = useState(false);
    const [mended, setMended] = useState([]); // fields typed into since they were found wrong
    const element = useRef(null);
    useEffect(() => setOwn(values), [JSON.stringify(values)]);
    useEffect(() => setBusy(false), [answered, fields]);
    useEffect(() => {
      setMended([]);
      const wrong = element.current.querySelector('[aria-invalid="true"]');
      if (wrong && Object.keys(problems).length) wrong.focus({ preventScroll: false });
    }, [answered]);
    const submit = (event) => {
      event.preventDefault();
      if (busy) return;
      setBusy(true);
      setProps({ values: own, submits: (submits || 0) + 1 });
    };
    const stray = Object.keys(problems).filter((name) => !fields.some((field) => field.name === name)).map((name) => problems[name]);
    const told = [said, ...stray].filter(Boolean).join(" ");
    const groups = [...new Set(fields.map((field) => field.group || ""))];
    const shown = (field) => h(Field, { key: field.name, form: id, field, value: own[field.name], problem: mended.includes(field.name) ? undefined : problems[field.name], take: (value) => { const now = { ...own, [field.name]: value }; setOwn((before) => ({ ...before, [field.name]: value })); if (watched.includes(field.name)) setProps({ seen: Object.fromEntries(watched.map((name) => [name, now[name]])) }); setMended((before) => [...before, field.name]); } });
    return h("form", { id, ref: element, className: join("record-form", className), onSubmit: submit, noValidate: true },
      groups.map((group) => h("div", { key: group, className: "form-group" }, group && h("h2", null, group), h("div", { className: "form-fields" }, fields.filter((field) => (field.group || "") === group).map(shown)))),
      told && h("div", { className: "form-said tone-bad", role: "alert" }, h(Icon, { name: "exclamation-triangle" }), h("span", null, told)),
      label && h("div", { className: "form-actions" }, h("button", { type: "submit", className: join("btn", { danger: "btn-danger", quiet: "btn-outline" }[tone] || "btn-primary"), disabled: busy }, busy ? busyLabel || label : label)));
  }

  // ---- what was before ----
  const line = (one, at) => h("div", { key: at, className: join("moment-line", one.changed && "changed") }, h("span", null, one.name), h("span", null, one.was && h("s", null, one.was), one.was && " \u2192 ", one.text || "\u2013"));
  const moment = (one, at) => h("li", { key: at, className: join("moment", one.look) },
    h("div", { className: "moment-head" }, h("b", null, one.when), one.tag && h("span", { className: "tag tone-" + (one.tone || "accent") }, one.tag)),
    (one.lines || []).map(line), one.note && h("small", null, one.note));
  const Timeline = ({ id, className, label, moments = [] }) => h("ol", { id, className: join("timeline", className), "aria-label": label }, moments.map(moment));

  // ---- a file from the person's own disk ----
  function FilePick({ id, className, label, hint, most, tooLarge, accept, tries, name, setProps }) {
    const [over, setOver] = useState(false);
    const [said, setSaid] = useState("");
    const input = useRef(null);
    const read = (file) => {
      setOver(false);
      if (!file) return;
      if (file.size > most) { setSaid(tooLarge); return; }
      setSaid("");
      const reader = new FileReader();
      reader.onload = () => setProps({ file: String(reader.result).split(",")[1] || "", name: file.name, tries: (tries || 0) + 1 });
      reader.onerror = () => setSaid(String(reader.error && reader.error.message));
      reader.readAsDataURL(file);
      input.current.value = "";
    };
    const drop = (event) => { event.preventDefault(); read(event.dataTransfer.files[0]); };
    return h("div", { id, className: join("file-pick", over && "over", className), onDragOver: (event) => { event.preventDefault(); setOver(true); }, onDragLeave: () => setOver(false), onDrop: drop },
      h(Icon, { name: "file-earmark-arrow-up" }),
      h("label", { className: "btn btn-outline", htmlFor: id + "-input" }, label),
      h("input", { id: id + "-input", ref: input, type: "file", accept, className: "hidden-words", onChange: (event) => read(event.target.files[0]) }),
      h("span", { className: "muted" }, name || hint),
      said && h("span", { className: "field-problem", role: "alert" }, said));
  }

  Object.assign(window.basis_kit, { KINDS, Form, Finder, Timeline, FilePick });
})();
