// State in the address: filters write it, a page's `Address` hands it to its callback. Dash's own router, which would lay
// the page out anew, is left alone unless a link leads somewhere else.
(function () {
  "use strict";
  const { createElement: h, useState, useEffect, useLayoutEffect, useRef } = React;
  const CHANGED = "basis:address";
  const DESK = matchMedia("(min-width: 768px)");
  let routed = location.pathname + location.search; // what Dash's router last saw

  // a link or the back button to what the router believes is shown anyway: it will not move, so the page must
  function noticed() {
    const here = location.pathname + location.search;
    if (here === routed) dispatchEvent(new Event(CHANGED));
    routed = here;
  }
  addEventListener("_dashprivate_pushstate", noticed);
  addEventListener("popstate", noticed);

  function keep(changes, replace) { // changes: {name: text}; an empty text takes the name out
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) value ? query.set(name, value) : query.delete(name);
    const search = query.toString();
    const href = location.pathname + (search ? "?" + search : "");
    if (href === location.pathname + location.search) return;
    history[replace ? "replaceState" : "pushState"]({}, "", href);
    dispatchEvent(new Event(CHANGED));
  }

  function Address({ search, setProps }) {
    const shown = useRef(search);
    shown.current = search;
    useEffect(() => {
      const read = () => { if (location.search !== shown.current) setProps({ search: location.search }); };
      addEventListener(CHANGED, read);
      return () => removeEventListener(CHANGED, read);
    }, []);
    return null;
  }

  // ---- a choice in the address, side by side ----
  function Switch({ id, className, label, name, options = [], value, clears = [] }) {
    const [taken, setTaken] = useState(value);
    useEffect(() => setTaken(value), [value, options]);
    const take = (option) => {
      setTaken(option.value);
      keep({ [name]: option.value, ...Object.fromEntries(clears.map((one) => [one, ""])) });
    };
    const keys = (event, place) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = (place + step + options.length) % options.length;
      event.currentTarget.parentElement.children[next].focus();
      take(options[next]);
    };
    return h("div", { id, className: "segmented" + (className ? " " + className : ""), role: "radiogroup", "aria-label": label }, options.map((option, place) =>
      h("button", { key: option.value, type: "button", role: "radio", title: option.hint, "aria-checked": option.value === taken, tabIndex: option.value === taken ? 0 : -1, onClick: () => take(option), onKeyDown: (event) => keys(event, place) },
        option.label, option.note && h("small", null, option.note))));
  }

  // ---- fields ----
  const waiting = {};
  function later(name, milliseconds, act) {
    clearTimeout(waiting[name]);
    waiting[name] = setTimeout(act, milliseconds);
  }
  function Choice({ field, value, take, id }) {
    const groups = [...new Set(field.options.map((option) => option.group || ""))];
    const option = (one) => h("option", { key: one.value, value: one.value }, one.label);
    return h("select", { id, value, onChange: (event) => take(event.target.value) }, groups.map((group) => {
      const inside = field.options.filter((one) => (one.group || "") === group).map(option);
      return group ? h("optgroup", { key: group, label: group }, inside) : inside;
    }));
  }
  function Day({ field, value, take, id }) {
    const [typed, setTyped] = useState(value);
    useEffect(() => setTyped(value), [value]);
    const typing = (event) => {
      const day = event.target.value;
      setTyped(day);
      const complete = day ? day >= (field.least || "") && day <= (field.most || "9999") : event.target.validity.valid;
      if (complete) later(field.name, 350, () => take(day));
    };
    return h("input", { id, type: "date", value: typed, min: field.least, max: field.most, onChange: typing });
  }
  function Words({ field, value, take, id }) {
    const [typed, setTyped] = useState(value);
    const own = useRef(value);
    useEffect(() => { if (value !== own.current) { own.current = value; setTyped(value); } }, [value]);
    const typing = (event) => {
      const words = event.target.value;
      setTyped(words);
      later(field.name, 250, () => { own.current = words; take(words, true); });
    };
    return h("input", { id, type: "search", value: typed, placeholder: field.hint, autoComplete: "off", spellCheck: false, maxLength: 80, onChange: typing });
  }
  function Many({ field, value, take, id }) {
    const chosen = value.split(",").filter(Boolean);
    const toggle = (key, on) => {
      const next = field.options.map((one) => one.value).filter((one) => (one === key ? on : chosen.includes(one)));
      if (next.length) take(next.join(","));
    };
    const named = field.options.filter((one) => chosen.includes(one.value)).map((one) => one.label);
    return h("details", { className: "drop many" },
      h("summary", { id }, named.length > 2 ? field.several.replace("{}", named.length) : named.join(", ")),
      h("div", { className: "drop-body" }, field.options.map((one) =>
        h("label", { key: one.value, className: "many-one", title: one.hint },
          h("input", { type: "checkbox", checked: chosen.includes(one.value), onChange: (event) => toggle(one.value, event.target.checked) }), one.label))));
  }
  const KINDS = { choice: Choice, day: Day, words: Words, many: Many };

  function Field({ field, prefix }) {
    const [value, setValue] = useState(field.value || "");
    useEffect(() => setValue(field.value || ""), [field.value]);
    const take = (next, replace) => {
      setValue(next);
      keep({ [field.name]: next, ...Object.fromEntries((field.clears || []).map((name) => [name, ""])) }, replace);
    };
    const id = prefix + "-" + field.name;
    const label = h("label", { htmlFor: id, className: field.bare ? "hidden-words" : "field-name" }, field.label);
    return h("div", { className: "field" + (field.wide ? " wide" : "") }, label, h(KINDS[field.kind], { field, value, take, id }));
  }
  function useDesk() {
    const [desk, setDesk] = useState(DESK.matches);
    useEffect(() => {
      const read = () => setDesk(DESK.matches);
      DESK.addEventListener("change", read);
      return () => DESK.removeEventListener("change", read);
    }, []);
    return desk;
  }
  function Filters({ id, className, label, summary, closeLabel, sheet, fields = [] }) {
    const desk = useDesk();
    const [open, setOpen] = useState(false);
    if (!fields.length) return null; // not answered yet, or there is nothing to narrow
    const inside = fields.map((field) => h(Field, { key: field.name, field, prefix: id }));
    const bar = h("div", { id, className: "filters " + (className || ""), role: "search", "aria-label": label }, inside);
    if (desk || !sheet) return bar;
    const { Dialog, Icon } = window.basis_kit;
    return h("div", { className: "filters-folded" },
      h("button", { type: "button", className: "btn btn-outline", "aria-haspopup": "dialog", onClick: () => setOpen(true) },
        h(Icon, { name: "sliders" }), h("span", null, summary || label)),
      h(Dialog, { open, title: label, closeLabel, setProps: (next) => setOpen(next.open) }, bar));
  }

  const Step = ({ id, className, name, value, label }) => h("button", { id, type: "button", className, onClick: () => keep({ [name]: value }, true) }, label);

  // ---- what only one kind of screen needs is not even loaded on the other ----
  const Screen = ({ kind, children }) => ((kind === "desk") === useDesk() ? children : null);

  // ---- another page in place of this one ----
  function Leave({ href }) {
    useEffect(() => {
      history.replaceState({}, "", window.basis.safe(href));
      dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    }, [href]);
    return null;
  }

  Object.assign(window.basis_kit, { Address, Switch, Filters, Step, Screen, Leave });
  window.dash_clientside = window.dash_clientside || {};
  // The first rows of a grid come along with the figures. Its own source, which asks the server, stands behind them.
  const firsts = {}, sources = new WeakSet(), tops = new WeakMap(); // of a grid: its first rows, its source, how far down it is scrolled
  function source(id, own) {
    const made = {
      getRows(asked) {
        if (!asked.startRow) made.asked = asked.sortModel.length ? undefined : asked;
        if (made.asked === asked && firsts[id]) made.answer();
        else own.getRows(asked);
      },
      answer: () => made.asked.successCallback(firsts[id].rowData, firsts[id].rowCount),
      destroy: () => own.destroy(),
    };
    sources.add(made);
    return made;
  }
  function alone(api) { // whether its first rows are all that a grid has asked for
    const [block, more] = Object.values(api.getCacheBlockState() || {});
    return block && !more && block.pageStatus === "loaded";
  }
  function showRows(id, renamed) { // rows stay until the new ones are there; a grid without a source yet asks by itself
    if (document.getElementById(id)) window.dash_ag_grid.getApiAsync(id).then((api) => {
      const own = api.getGridOption("datasource");
      if (sources.has(own) && own.asked && firsts[id] && alone(api)) own.answer(); // again, at once: figures and rows change together
      else if (sources.has(own)) api.refreshInfiniteCache();
      else if (own) {
        api.setGridOption("datasource", source(id, own));
        api.addEventListener("bodyScroll", ({ top }) => tops.set(api, top));
      }
      if (renamed) api.refreshHeader();
      if (tops.get(api)) api.ensureIndexVisible(0); // which measures the page
    }, () => undefined);
  }
  // what its columns are called now: other names alone are no other columns, for which a grid would build itself anew
  window.basis.heading = (field) => Object.values(firsts).find((one) => one?.headings?.[field])?.headings[field];
  function Rows({ grid, data }) { // also when the page is laid out anew: the grid on the screen stays the one it was
    useLayoutEffect(() => {
      const renamed = JSON.stringify(firsts[grid]?.headings) !== JSON.stringify(data?.headings);
      firsts[grid] = data;
      window.basis.whenLoaded("dash_ag_grid", () => showRows(grid, renamed));
    }, [grid, data]);
    return null;
  }
  window.basis_kit.Rows = Rows;
  window.dash_clientside.report = {
    rows(request, first, search) { // the first rows came with the figures; others and other orders are asked for
      const same = window.dash_clientside.no_update;
      if (!request) return [same, same];
      const here = first && first.search === search && !request.startRow && !(request.sortModel || []).length;
      return here ? [{ rowData: first.rowData, rowCount: first.rowCount }, same] : [same, request];
    },
  };
})();
