// The components of `portal/kit/components.py`. Texts become text nodes and attributes are a closed list: no markup comes through.
(function () {
  "use strict";
  const { createElement: h, useState, useEffect, useRef } = React;
  const root = document.documentElement;
  const addresses = JSON.parse(root.dataset.addresses || "{}");
  const texts = JSON.parse(root.dataset.texts || "{}");
  const join = (...names) => names.filter(Boolean).join(" ");

  // ---- addresses ----
  function safe(href) {
    const address = String(href || "");
    return /^(https?:\/\/|\/(?![/\\])|[?#])/i.test(address) ? address : "#";
  }
  function go(href) {
    history.pushState({}, "", href);
    dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    scrollTo(0, 0);
  }
  function follow(event) {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    const link = event.currentTarget;
    if (!plain || link.origin !== location.origin) return;
    event.preventDefault();
    go(link.href);
  }
  const Link = ({ href, children, ...rest }) => h("a", { ...rest, href: safe(href), onClick: follow }, children);

  function usePath() {
    const [path, setPath] = useState(location.pathname);
    useEffect(() => {
      const read = () => setPath(location.pathname);
      addEventListener("_dashprivate_pushstate", read);
      addEventListener("popstate", read);
      return () => { removeEventListener("_dashprivate_pushstate", read); removeEventListener("popstate", read); };
    }, []);
    return path;
  }

  // ---- icon ----
  function Icon({ name, className, id }) {
    return h("svg", { id, className: join("icon", className), "aria-hidden": true, focusable: "false" }, h("use", { href: addresses.icons + "#" + name }));
  }

  // ---- table ----
  const NO_CHANGE = /^[0.,]+$/; // told quietly, so that a column shows at a glance where something moved
  const signed = (text) => ({ "+": "rise", "\u2212": "fall" })[text[0]] || (NO_CHANGE.test(text) ? "same" : undefined);
  const LONG = 60; // letters, from which on a text may break anywhere
  const long = (text) => String(text).length > LONG ? "long" : undefined;
  function Cell({ value, kind, leads }) {
    const cell = typeof value === "object" && value ? value : { text: value };
    const text = cell.text ?? "";
    const href = cell.href || leads;
    const look = kind === "change" ? signed(String(text)) : undefined;
    return h("span", { className: join("cell", look, long(text)), title: cell.title },
      href ? h(Link, { href, className: "link" }, text) : text,
      cell.badge && h("span", { className: join("tag tone-" + (cell.tone || "accent"), !text && "alone") }, cell.badge),
      cell.note && h("small", { className: long(cell.note) }, cell.note),
      cell.bar !== undefined && h("span", { className: "cell-bar" }, h("i", { style: { width: cell.bar + "%" } })));
  }
  function Row({ columns, row }) {
    return h("tr", { className: join(row.href && "leads", row.sum && "sum") || undefined }, columns.map((column, place) => {
      const number = column.kind === "number" || column.kind === "change";
      const nothing = place > 0 && row[column.key] === "";
      const className = join(column.kind !== "text" && column.kind, number && "number", (!column.phone || nothing) && "spare", column.beside && "beside");
      const cell = h(Cell, { value: row[column.key], kind: column.kind, leads: place === 0 ? row.href : undefined });
      return place === 0
        ? h("th", { key: column.key, scope: "row", className }, cell)
        : h("td", { key: column.key, className, "data-label": column.phone && !nothing ? column.title : undefined }, cell);
    }));
  }
  function Table({ id, className, caption, columns = [], rows = [], more }) {
    const head = columns.map((column) => h("th", { key: column.key, scope: "col", className: column.kind === "number" || column.kind === "change" ? "number" : undefined, "aria-sort": column.order || undefined },
      column.href ? h(Link, { href: column.href, className: "sort" }, column.title, { ascending: " \u2191", descending: " \u2193" }[column.order]) : column.title));
    return h("div", { id, className: join("rows-wrap", className) },
      h("table", { className: "rows" },
        caption && h("caption", { className: "hidden-words" }, caption),
        h("thead", null, h("tr", null, head)),
        h("tbody", null, rows.map((row, place) => h(Row, { key: place, columns, row })))),
      more && h("div", { className: "rows-more" }, more));
  }

  // ---- drawing ----
  const TAGS = new Set(["path", "line", "rect", "circle", "polyline", "polygon", "text", "g"]);
  const ATTRIBUTES = new Set(["d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "width", "height", "points", "transform", "className", "textAnchor", "strokeWidth", "strokeDasharray", "strokeDashoffset"]);
  function shape([tag, attributes, inside], key) {
    if (!TAGS.has(tag)) return null;
    const kept = Object.entries(attributes || {}).filter(([name]) => ATTRIBUTES.has(name));
    return h(tag, { ...Object.fromEntries(kept), key }, Array.isArray(inside) ? inside.map(shape) : inside);
  }
  function Reading({ points }) {
    const [shown, setShown] = useState(null);
    const nearest = (event) => {
      const box = event.currentTarget.getBoundingClientRect();
      const share = (event.clientX - box.left) / box.width;
      setShown(points.reduce((best, point) => (Math.abs(point[0] - share) < Math.abs(best[0] - share) ? point : best)));
    };
    return h("div", { className: "reader", onPointerMove: nearest, onPointerDown: nearest, onPointerLeave: () => setShown(null), "aria-hidden": true },
      shown && h("div", { className: join("reading", shown[0] > 0.5 && "left"), style: { left: shown[0] * 100 + "%" } }, h("span", null, shown[1])));
  }
  function Drawing({ id, className, title, description, box = [100, 30], width, height, stretch, inset = [0, 0, 0, 0], shapes = [], labels = [], points = [] }) {
    const frame = { id, className: join("drawing", stretch && "stretch", className), style: { width, height } };
    const size = stretch ? { preserveAspectRatio: "none" } : { width, height };
    return h("div", frame, h("div", { className: "plot", style: { inset: inset.map((edge) => edge + "px").join(" ") } },
      h("svg", { role: "img", "aria-label": title, viewBox: "0 0 " + box.join(" "), ...size }, description && h("desc", null, description), shapes.map(shape)),
      labels.map(([left, top, text, look], key) => h("span", { key, className: join("label", look), style: look === "axis-x" ? { left: left + "%" } : look === "axis-y" ? { top: top + "%" } : { left: left + "%", top: top + "%" }, "aria-hidden": true }, text)),
      points.length > 0 && h(Reading, { points })));
  }

  // ---- bars: the name, the bar from zero, the amount at its end; each leads on ----
  function Bars({ id, className, label, rows = [] }) {
    return h("ol", { id, className: join("bars", className), "aria-label": label }, rows.map((row, place) =>
      h("li", { key: place }, h(row.href ? Link : "span", { href: row.href, className: "bars-line", title: row.full },
        h("span", { className: "bars-name" }, row.name),
        h("span", { className: "bars-track" },
          h("i", { className: row.look, style: { left: row.start + "%", width: row.length + "%" } }),
          h("span", { className: "bars-text", style: { left: row.start + row.length + "%" } }, row.text))))));
  }

  // ---- a figure on a card ----
  const DIRECTIONS = { "1": ["rise", "\u25b2 "], "-1": ["fall", "\u25bc "], "0": ["same", ""] };
  function Change({ text, direction, versus }) {
    const [look, arrow] = DIRECTIONS[direction] || DIRECTIONS[0];
    return h("span", { className: "delta" }, h("span", { className: look }, arrow + text), versus && [" ", h("span", { key: "versus", className: "muted" }, versus)]);
  }
  function Figure({ id, className, label, value, unit, full, changes = [], drawing, why, hero }) {
    const short = [value, unit && h("span", { key: "unit", className: "unit" }, unit)];
    const deltas = changes.map(([text, direction, versus], key) => h(Change, { key, text, direction, versus }));
    return h("div", { id, className: join("surface figure", hero && "hero", className) },
      h("div", { className: "figure-label" }, h("span", null, label), why && h(Link, { href: why.href, className: "why", title: why.title }, "?")),
      h("div", { className: "figure-value", title: full }, hero ? [h("span", { key: "short", className: "short-value" }, short), h("span", { key: "full", className: "full-value" }, full)] : short),
      h("div", { className: "figure-foot" }, deltas.length > 1 ? h("div", { className: "deltas" }, deltas) : deltas, drawing && h(Drawing, drawing)));
  }

  // ---- days of months ----
  function Day({ day, look, icon, title, href, place }) {
    const style = place === undefined ? undefined : { gridColumnStart: place + 1 };
    const inside = [h("span", { key: "day" }, day), icon && h(Icon, { key: "icon", name: icon })];
    const shown = { className: join("day", look), title, style };
    return href ? h(Link, { ...shown, href, "aria-label": title }, inside) : h("span", shown, inside);
  }
  function Calendar({ id, className, label, weekdays = [], months = [] }) {
    return h("div", { id, className: join("calendar", className), role: "group", "aria-label": label }, months.map((month) =>
      h("div", { key: month.title, className: "month" }, h("h3", null, month.title), h("div", { className: "days" },
        weekdays.map((name, place) => h("span", { key: "weekday" + place, className: "weekday", "aria-hidden": true }, name)),
        month.days.map((day, at) => h(Day, { key: day.day, ...day, place: at ? undefined : month.first }))))));
  }

  // ---- dialog ----
  function Dialog({ id, className, children, open, title, closeLabel, setProps }) {
    const element = useRef(null);
    useEffect(() => {
      if (open && !element.current.open) {
        element.current.showModal();
        if (matchMedia("(pointer: fine)").matches) element.current.querySelector("input, select, textarea")?.focus(); // a finger would call up the keyboard
      }
      if (!open && element.current.open) element.current.close();
    }, [open]);
    useEffect(() => {
      const leave = () => element.current && element.current.close();
      addEventListener("_dashprivate_pushstate", leave);
      return () => removeEventListener("_dashprivate_pushstate", leave);
    }, []);
    const outside = (event) => event.target === element.current && element.current.close();
    return h("dialog", { id, ref: element, className: join("dialog", className), "aria-label": title, onClose: () => setProps({ open: false }), onClick: outside },
      h("div", { className: "dialog-inside" },
        h("div", { className: "dialog-head" }, h("h2", null, title),
          h("button", { type: "button", className: "dialog-close", "aria-label": closeLabel, onClick: () => element.current.close() }, h(Icon, { name: "x-lg" }))),
        children));
  }

  // ---- choices side by side ----
  function Segmented({ id, className, label, options = [], value, setProps }) {
    const take = (event, place) => {
      const option = options[(place + options.length) % options.length];
      setProps({ value: option.value, chosen: option.value });
      const button = event.currentTarget.parentElement.children[(place + options.length) % options.length];
      button.focus();
    };
    const keys = (event, place) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) { event.preventDefault(); take(event, place + step); }
    };
    return h("div", { id, className: join("segmented", className), role: "radiogroup", "aria-label": label }, options.map((option, place) =>
      h("button", { key: option.value, type: "button", role: "radio", "aria-checked": option.value === value, tabIndex: option.value === value ? 0 : -1, onClick: (event) => take(event, place), onKeyDown: (event) => keys(event, place) }, option.label)));
  }

  // ---- menu ----
  const BRAND = 64; // its head stays above the entries
  function leadsTo(path, entries) { // the longest entry that is the address or stands above it
    return entries.filter(({ href }) => path === href || (href !== "/" && path.startsWith(href + "/"))).sort((a, b) => b.href.length - a.href.length)[0];
  }
  function Count({ count, title }) { // how many wait; more than a place has room for is told as 99+
    return h("span", { className: "nav-count" }, h("span", { "aria-hidden": true }, count > 99 ? "99+" : count), h("span", { className: "hidden-words" }, title));
  }
  function Navigation({ id, className, label, groups = [], counts = {} }) {
    const here = leadsTo(usePath(), groups.flatMap((group) => group.entries));
    const nav = useRef(null);
    useEffect(() => { // a long menu shows where one is; by hand, as scrollIntoView would let the next Tab begin there
      const one = nav.current.querySelector("[aria-current]"), side = one && one.closest(".side");
      if (!side) return;
      const place = one.getBoundingClientRect(), frame = side.getBoundingClientRect();
      const above = frame.top + BRAND - place.top, below = place.bottom + 16 - frame.bottom;
      side.scrollTop += above > 0 ? -above : below > 0 ? below : 0;
    }, [here]);
    const entry = (one) => h("li", { key: one.href || one.opens },
      one.opens
        ? h("button", { type: "button", className: "nav-entry", "data-opens": one.opens, "aria-haspopup": "dialog" }, h(Icon, { name: one.icon }), h("span", null, one.title))
        : h(Link, { href: one.href, className: "nav-entry", title: one.title, "aria-current": one === here ? "page" : undefined }, h(Icon, { name: one.icon }), h("span", null, one.title), counts[one.href] && h(Count, counts[one.href])));
    return h("nav", { id, className, "aria-label": label, ref: nav }, groups.map((group, place) =>
      h("div", { key: place }, group.title && h("h2", { className: "nav-heading" }, group.title), h("ul", { className: "nav-group" }, group.entries.map(entry)))));
  }

  // ---- search ----
  const REST_MS = 220, SHORTEST = 2; // when the fingers rest, the server is asked; portal/query/search.py has the same limit
  function Search({ id, className, label, hint, empty, waiting, entries = [], found: answer, setProps }) {
    const [words, setWords] = useState("");
    const [open, setOpen] = useState(false);
    const [place, setPlace] = useState(0);
    const list = id + "-found";
    const wanted = words.trim().toLowerCase().split(/\s+/);
    const asked = words.trim();
    const asks = asked.length >= SHORTEST || /[^\x00-\x7f]/.test(asked);
    const answered = asks && answer && answer.asked === asked;
    useEffect(() => {
      if (!asks) return undefined;
      const resting = setTimeout(() => setProps({ asked }), REST_MS);
      return () => clearTimeout(resting);
    }, [asked]);
    const pages = entries.filter((entry) => wanted.every((word) => (entry.title + " " + (entry.group || "")).toLowerCase().includes(word)));
    const found = asks ? [...pages.slice(0, 5), ...(answered ? answer.entries : [])] : pages.slice(0, 12);
    const said = asks && !answered ? waiting : found.length ? "" : empty;
    const leave = () => { setOpen(false); setWords(""); document.activeElement.blur(); };
    const choose = (entry) => { leave(); go(safe(entry.href)); };
    const keys = (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && found.length) { event.preventDefault(); setOpen(true); setPlace((place + step + found.length) % found.length); }
      if (event.key === "Enter" && open && found[place]) choose(found[place]);
      if (event.key === "Escape") leave();
    };
    const option = (entry, at) => h("li", { key: entry.href, id: list + at, role: "option", "aria-selected": at === place, onPointerDown: (event) => { event.preventDefault(); choose(entry); }, onPointerMove: () => setPlace(at) }, h("span", { className: "search-title" }, entry.title, entry.note && h("small", null, entry.note)), h("small", null, entry.group));
    return h("div", { className: join("search", className) },
      h("input", { id, type: "text", role: "combobox", autoComplete: "off", spellCheck: false, maxLength: 80, placeholder: label, "aria-label": label, "aria-expanded": open, "aria-controls": list, "aria-autocomplete": "list", "aria-activedescendant": open && found[place] ? list + place : undefined, value: words, onChange: (event) => { setWords(event.target.value); setPlace(0); setOpen(true); }, onFocus: () => setOpen(true), onBlur: () => { setOpen(false); delete root.dataset.searching; }, onKeyDown: keys }),
      h("kbd", { "aria-hidden": true }, hint),
      h("ul", { id: list, role: "listbox", "aria-label": label, className: "search-found", hidden: !open }, found.map(option), said && h("li", { className: "none", role: "option", "aria-disabled": true, "aria-selected": false }, said)));
  }

  // ---- what nobody asks and nobody answers, drawn as one: Dash watches every component of a page with every change of it ----
  const HTML = new Set(["A", "Aside", "B", "Button", "Dd", "Details", "Div", "Dl", "Dt", "Em", "Figcaption", "Figure", "H1", "H2", "H3", "H4", "Header", "Hr", "I", "Label", "Li", "Main", "Nav", "Ol", "P", "Section", "Small", "Span", "Strong", "Summary", "Table", "Tbody", "Td", "Th", "Thead", "Tr", "Ul"]);
  function drawn(part, key) {
    if (Array.isArray(part)) return part.map(drawn);
    if (!part || typeof part !== "object") return part;
    const { namespace, type, props } = part;
    const { children, ...given } = { ...props, key };
    const inside = children === undefined ? [] : [drawn(children)];
    if (namespace === "basis_kit") return h(window.basis_kit[type], given, ...inside);
    if (namespace === "dash_core_components" && type === "Link") return h(Link, given, ...inside);
    if (namespace !== "dash_html_components" || !HTML.has(type)) return null;
    return h(type.toLowerCase(), type === "A" ? { ...given, href: safe(given.href) } : given, ...inside);
  }
  const Still = ({ id, className, content }) => h("div", { id, className }, drawn(content));

  window.basis_kit = { Icon, Table, Drawing, Bars, Figure, Calendar, Dialog, Segmented, Navigation, Search, Still };
  window.basis = { addresses, texts, safe, go, follow, Link };
})();
