// A change of the address is asked for at once, before Dash has gone through its page and asks the same: what a callback asked
// for the last address it asks for the new one. Only the very same question, word for word, is answered with that; a callback
// that turns out to ask something else is left alone from then on.
(function () {
  "use strict";
  const PATIENCE_MS = 2000;
  const usual = new Map(), asked = new Map(); // by what a callback answers: how it asks; what went ahead for it

  const part = (id) => (typeof id === "string" ? window.dash_component_api.getLayout(id) : undefined);
  const address = (body) => (body.inputs || []).find((one) => one.property === "search" && part(one.id)?.type === "Address");
  function learn(path, options, body) {
    const plain = [body.inputs, body.state || []].flat().every((one) => part(one.id));
    if (plain && address(body) && usual.get(body.output) !== null) usual.set(body.output, { path, options, body });
  }
  function question({ path, options, body }) {
    const place = address(body);
    if (!place || part(place.id).props.search === location.search) return undefined; // it stands on another page, or knows
    const now = (one) => ({ ...one, value: one.id === place.id ? location.search : part(one.id)?.props[one.property] });
    const changed = [place.id + ".search"];
    const text = JSON.stringify({ ...body, inputs: body.inputs.map(now), changedPropIds: changed, parsedChangedPropsIds: changed, state: body.state?.map(now) });
    const headers = { ...options.headers, "X-CSRFToken": window.basis.token() };
    return { output: body.output, search: location.search, text, send: () => fetchPlain(path, { ...options, headers, body: text }) };
  }
  const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  function ask() { // one after the other, in Dash's order: what a page asks first is answered and drawn before the rest is asked
    let before;
    for (const one of [...usual.values()].map((known) => known && question(known)).filter(Boolean)) {
      one.answer = before ? before.then(drawn, drawn).then(one.send) : one.send();
      one.answer.catch(() => undefined); // told to whoever takes it
      before = one.answer;
      asked.set(one.output, one);
      setTimeout(() => { if (asked.get(one.output) === one) asked.delete(one.output); }, PATIENCE_MS);
    }
  }
  function take(options, body) {
    const went = asked.get(body.output);
    if (!went || address(body)?.value !== went.search) return undefined;
    asked.delete(body.output);
    if (went.text === options.body) return went.answer;
    usual.set(body.output, null);
    return undefined;
  }
  const fetchPlain = window.fetch;
  window.fetch = function (path, options) {
    if (!String(path).endsWith("/_dash-update-component")) return fetchPlain.call(this, path, options);
    const body = JSON.parse(options.body);
    learn(path, options, body);
    return take(options, body) || fetchPlain.call(this, path, options);
  };
  addEventListener("basis:address", ask);
})();
