// What came with the page: the first answers, which nobody has to ask for again, and a drawing of them, which stands on the
// screen until the page itself does (`portal/kit/first_round.py`, `portal/kit/markup.py`).
(function () {
  "use strict";
  const PATIENCE_MS = 6000;
  const element = document.getElementById("given");
  if (!element) return;
  const { drawn, bsTheme } = document.documentElement.dataset; // they differ when the device's theme changed since the last visit
  const given = JSON.parse(drawn === bsTheme ? element.textContent : window.basisTheme.recolored(element.textContent));
  element.remove();

  // ---- answers ----
  const answer = (content) => ({ ok: true, status: 200, headers: new Headers({ "content-type": "application/json" }), json: () => Promise.resolve(content) });
  const values = (body) => JSON.stringify([...(body.inputs || []), ...(body.state || [])].map((part) => part.value ?? null));
  function take(path, options) {
    for (const part of ["layout", "dependencies"]) {
      if (!path.endsWith("/_dash-" + part) || !given[part]) continue;
      const content = given[part];
      delete given[part];
      return content;
    }
    if (!given.answers.length || !path.endsWith("/_dash-update-component")) return undefined;
    const body = JSON.parse(options.body), asked = values(body);
    const place = given.answers.findIndex((one) => one.output === body.output && JSON.stringify(one.values) === asked);
    return place < 0 ? undefined : given.answers.splice(place, 1)[0].answer;
  }
  const fetchPlain = window.fetch;
  window.fetch = function (path, options) {
    const content = take(String(path), options);
    return content === undefined ? fetchPlain.call(this, path, options) : Promise.resolve(answer(content));
  };

  // ---- the drawing leaves in the moment in which the same page stands in its place ----
  const first = document.getElementById("first"), entry = document.getElementById("react-entry-point");
  const told = (place) => [place.querySelector("h1")?.textContent, place.querySelectorAll(".figure-value").length].join();
  const watcher = new MutationObserver(() => { if (!given.answers.length && told(first) === told(entry)) leave(); });
  function leave() {
    watcher.disconnect();
    first.remove();
  }
  watcher.observe(entry, { childList: true, subtree: true, characterData: true });
  addEventListener("_dashprivate_pushstate", leave, { once: true });
  setTimeout(leave, PATIENCE_MS);
})();
