// What the page does around Dash: answers that are no answers, keys, menus, focus after a change of page, the theme.
(function () {
  "use strict";
  const { texts, go } = window.basis;
  const root = document.documentElement;

  // ---- short messages ----
  function area() {
    let found = document.getElementById("spoken");
    if (!found) {
      found = Object.assign(document.createElement("div"), { id: "spoken", className: "toast-area" });
      found.setAttribute("aria-live", "polite");
      document.body.append(found);
    }
    return found;
  }
  function say(text, tone, detail) {
    const sentence = (texts[text] || text) + (detail ? " " + detail : "");
    if ([...area().children].some((shown) => shown.textContent === sentence)) return;
    const notice = Object.assign(document.createElement("div"), { className: "notice tone-" + tone, textContent: sentence });
    notice.addEventListener("animationend", () => notice.remove());
    area().append(notice);
  }
  window.basis.say = say;
  // a notice that stands in the place of one that has left would have left too
  const begin = (moved) => { moved.cancel(); moved.play(); };
  new MutationObserver((changes) => changes.forEach(({ target }) => target.getAnimations().forEach(begin)))
    .observe(root, { subtree: true, attributes: true, attributeFilter: ["data-at"] });

  // ---- answers of the server ----
  let waiting = 0;
  function busy(change) { // a thin line on top when an answer takes more than a moment
    waiting += change;
    setTimeout(() => { if (waiting > 0) root.dataset.busy = ""; else delete root.dataset.busy; }, change > 0 ? 300 : 0);
  }
  let leaving = false; // several answers may say that the session has ended: the first one leads away, the others change nothing
  addEventListener("pageshow", () => { leaving = false; });
  function leave() {
    if (leaving) return;
    leaving = true;
    location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
  }
  function refused(answer, body) {
    if (answer.status === 401) leave();
    else if (answer.status === 403 && body.includes('"_pages_content')) location.reload(); // the refusal has a page of its own
    else if (answer.status === 403) say("forbidden", "warn");
    else if (answer.status === 429) say("slower", "warn");
    else answer.clone().json().then((said) => say(said.message || "failed", "bad"), () => say("failed", "bad"));
  }
  // Dash asks for a button that came with an answer, though nobody pressed it: there is nothing to do (`tests/access/test_pressed.py`)
  const PRESSED = ["n_clicks", "submits"];
  function unpressed(path, options) {
    if (!String(path).endsWith("/_dash-update-component")) return false;
    const inputs = (JSON.parse(options.body).inputs || []).flat();
    return inputs.length > 0 && inputs.every((one) => PRESSED.includes(one.property) && !one.value);
  }
  const fetchPlain = window.fetch;
  window.fetch = async function (...request) {
    if (unpressed(...request)) return new Response(null, { status: 204 });
    busy(1);
    try {
      const answer = await fetchPlain.apply(this, request);
      if (answer.status >= 400) refused(answer, String(request[1]?.body));
      return answer;
    } catch (failure) {
      if (failure.name !== "AbortError") say("offline", "bad");
      throw failure;
    } finally {
      busy(-1);
    }
  };

  // ---- keys and menus ----
  addEventListener("keydown", (event) => {
    const search = document.querySelector(".top .search input");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && search) { event.preventDefault(); search.focus(); }
    if (event.key === "Escape") shut(null);
  });
  function shut(inside) {
    document.querySelectorAll("details.drop[open]").forEach((menu) => { if (!inside || !menu.contains(inside)) menu.open = false; });
  }
  addEventListener("click", (event) => {
    shut(event.target);
    if (event.target.closest(".search-open")) { root.dataset.searching = ""; document.querySelector(".top .search input").focus(); }
    const opener = event.target.closest("[data-opens]");
    if (opener) window.dash_clientside.set_props(opener.dataset.opens, { open: true });
  });
  function token() { // of the session, which every form and every question carries
    const cookie = document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/);
    return cookie ? decodeURIComponent(cookie[1]) : "";
  }
  window.basis.token = token;
  addEventListener("submit", (event) => { // forms outside Dash carry the session's token
    const field = event.target.querySelector("input[name=csrf_token]");
    if (field && token()) field.value = token();
  }, true);

  // ---- after a change of page the reader stands at its beginning ----
  addEventListener("_dashprivate_pushstate", () => {
    shut(null);
    const page = document.getElementById("main");
    if (page) page.focus({ preventScroll: true });
  });

  // ---- theme ----
  addEventListener("basis_theme", () => { // chosen here, or the device's has changed
    const swap = (part) => JSON.parse(window.basisTheme.recolored(JSON.stringify(part)));
    document.querySelectorAll(".js-plotly-plot").forEach((graph) => window.Plotly.react(graph, swap(graph.data), swap(graph.layout)));
  });
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.shell = {
    theme(clicks, sheetClicks) { // the other theme, shown at once; a callback keeps it for the person
      if (!clicks && !sheetClicks) return window.dash_clientside.no_update;
      const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
      window.basisTheme.keep(theme);
      return theme;
    },
    reload(kept) {
      if (kept) location.reload();
      return window.dash_clientside.no_update;
    },
    rise(kept) {
      if (kept) root.dataset.rise = kept;
      return window.dash_clientside.no_update;
    },
  };

  if ("serviceWorker" in navigator && isSecureContext && window.basis.addresses.worker) {
    addEventListener("load", () => navigator.serviceWorker.register(window.basis.addresses.worker, { scope: "/" }).catch(() => say("offline", "warn")));
  }
  window.basis.go = go;
})();
