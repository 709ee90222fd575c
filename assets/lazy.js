// Large component packages stay off the page until one of their components is first shown.
(function () {
  "use strict";
  // Dash is compiled for browsers without generators and brings 32 KB for them; it uses this much of it.
  window.regeneratorRuntime = window.regeneratorRuntime || {
    mark: (generator) => generator,
    wrap(step) {
      const way = { prev: 0, next: 0, sent: undefined, done: false, stop: () => { way.done = true; } };
      return { next: (sent) => { way.sent = sent; return { value: step(way), done: way.done }; }, throw(problem) { throw problem; } };
    },
  };

  const { createElement: h, useState, useEffect } = React;
  const { addresses, safe, follow } = window.basis;
  const loading = {}, waiting = {};

  function load(namespace) {
    loading[namespace] = loading[namespace] || new Promise((loaded, failed) => {
      const script = document.createElement("script");
      script.src = addresses[namespace];
      script.onload = () => { loaded(); (waiting[namespace] || []).splice(0).forEach((act) => act()); };
      script.onerror = () => { delete loading[namespace]; failed(new Error(namespace)); };
      document.head.append(script);
    });
    return loading[namespace];
  }
  // once a package is there, which may be never: nothing is loaded for it
  window.basis.whenLoaded = (namespace, act) => { window[namespace].standsIn ? (waiting[namespace] = waiting[namespace] || []).push(act) : act(); };
  function standIn(namespace) {
    const made = {};
    const stand = (type) => function StandIn(props) {
      const real = () => window[namespace] !== proxy && window[namespace][type];
      const [, ready] = useState(false);
      useEffect(() => { if (!real()) load(namespace).then(() => ready(true), () => window.basis.say("offline", "bad")); }, []);
      return real() ? h(real(), props) : h("div", { id: typeof props.id === "string" ? props.id : undefined, className: (props.className || "") + " skeleton", style: props.style });
    };
    const proxy = new Proxy({}, { get: (_, type) => (type === "standsIn" ? true : typeof type === "string" && /^[A-Z]/.test(type) ? (made[type] = made[type] || stand(type)) : undefined) });
    window[namespace] = proxy;
  }
  standIn("dash_ag_grid");
  standIn("dash_bootstrap_components");
  // what the page fetches ahead runs while other scripts are on their way, not once the first drawing has asked for it
  for (const { href, media } of document.querySelectorAll('link[rel="preload"][as="script"][data-run]')) { // the page names the others itself
    if (!matchMedia(media).matches) continue;
    if (href === new URL(addresses.dash_ag_grid, location).href) load("dash_ag_grid").catch(() => undefined);
    else document.head.append(Object.assign(document.createElement("script"), { src: href }));
  }

  // ---- how a grid writes its cells; numbers travel as text, so no cent is lost ----
  function rounded(text, places) { // halves away from zero; the digits before and after the point, without the sign
    const [whole, part = ""] = text.replace("-", "").split(".");
    const digits = whole + (part + "0".repeat(places)).slice(0, places);
    const number = BigInt(digits) + (part.charAt(places) >= "5" ? 1n : 0n);
    const padded = String(number).padStart(places + 1, "0");
    return places ? [padded.slice(0, -places), padded.slice(-places)] : [padded, ""];
  }
  function grouped(text, places) {
    const [whole, part] = rounded(text, places);
    const digits = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",") + (places ? "." + part : "");
    return (text.startsWith("-") && /[1-9]/.test(digits) ? "\u2212" : "") + digits;
  }
  const written = (value, write) => (value === null || value === undefined || value === "" ? "\u2013" : write(String(value)));
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  functions.basisNumber = (value, places) => written(value, (text) => grouped(text, places));
  functions.basisChange = (value, places) => written(value, (text) => (!text.startsWith("-") && /[1-9]/.test(grouped(text, places)) ? "+" : "") + grouped(text, places));
  functions.basisPercent = (value, places, tight) => written(value, (text) => grouped(shifted(text), places) + (tight ? "%" : "\u202f%"));
  functions.basisHeading = ({ colDef }) => window.basis.heading(colDef.field) ?? colDef.headerName;
  function shifted(text) { // a share times one hundred, by moving the point
    const sign = text.startsWith("-") ? "-" : "";
    const [whole, part = ""] = text.replace("-", "").split(".");
    const moved = (part + "00").slice(0, 2);
    return sign + (whole + moved).replace(/^0+(?=\d)/, "") + "." + (part.slice(2) || "0");
  }
  const components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  components.BasisLink = ({ value, data }) => (value && value.href ? h("a", { href: safe(value.href), className: "link", onClick: follow }, value.text) : data && data.href ? h("a", { href: safe(data.href), className: "link", onClick: follow }, value) : value ?? "");
  components.BasisTag = ({ value }) => (value ? h("span", { className: "tag tone-" + (value.tone || "accent") }, value.text ?? value) : "");
})();
