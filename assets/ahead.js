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
  function ask({ path, options, body }) {
    const place = address(body);
    if (!place || part(place.id).props.search === location.search) return; // it stands on another page, or knows
    const now = (one) => ({ ...one, value: one.id === place.id ? location.search : part(one.id)?.props[one.property] });
    const changed = [place.id + ".search"];
    const text = JSON.stringify({ ...body, inputs: body.inputs.map(now), changedPropIds: changed, parsedChangedPropsIds: changed, state: body.state?.map(now) });
    const headers = { ...options.headers, "X-CSRFToken": window.basis.token() };
    const went = { text, search: location.search, answer: fetchPlain(path, { ...options, headers, body: text }) };
    went.answer.catch(() => undefined); // told to whoever takes it
    asked.set(body.output, went);
    setTimeout(() => { if (asked.get(body.output) === went) asked.delete(body.output); }, PATIENCE_MS);
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
  addEventListener("basis:address", () => usual.forEach((one) => one && ask(one)));
})();
