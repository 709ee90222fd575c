// Runs before the first paint: the theme is the person's choice, else what the device asks for.
(function () {
  var root = document.documentElement;
  function kept() { try { return localStorage.getItem("basis_theme"); } catch (refused) { return null; } }
  function show(theme) {
    root.dataset.bsTheme = theme;
    root.dataset.agThemeMode = theme;
    document.cookie = "basis_theme=" + theme + ";path=/;max-age=31536000;samesite=lax";
    var color = document.querySelector("meta[name=theme-color]");
    if (color) color.content = theme === "dark" ? "#161b22" : "#ffffff";
  }
  // Figures carry their colours: `recolored` gives text that holds them in the theme shown.
  var pairs = JSON.parse(root.dataset.colors || "[]"); // [light, dark] of each colour
  function recolored(text) {
    var dark = root.dataset.bsTheme === "dark", next = {};
    pairs.forEach(function (pair) { next[pair[dark ? 0 : 1]] = pair[dark ? 1 : 0]; });
    return text.replace(/#[0-9a-f]{6}/g, function (color) { return next[color] || color; });
  }
  var device = window.matchMedia("(prefers-color-scheme: dark)");
  function chosen() {
    var name = root.dataset.theme || kept();
    return name === "dark" || name === "light" ? name : device.matches ? "dark" : "light";
  }
  show(chosen());
  function change() {
    var before = root.dataset.bsTheme;
    show(chosen());
    if (root.dataset.bsTheme !== before) dispatchEvent(new CustomEvent("basis_theme"));
  }
  device.addEventListener("change", change);
  window.basisTheme = {
    show: show,
    recolored: recolored,
    keep: function (name) { // "light", "dark" or "" for the device's
      root.dataset.theme = name;
      try { if (name) localStorage.setItem("basis_theme", name); else localStorage.removeItem("basis_theme"); } catch (refused) { /* the cookie and the account keep it */ }
      change();
    },
  };
})();
