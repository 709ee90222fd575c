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
  var device = window.matchMedia("(prefers-color-scheme: dark)");
  function chosen() {
    var name = root.dataset.theme || kept();
    return name === "dark" || name === "light" ? name : device.matches ? "dark" : "light";
  }
  show(chosen());
  device.addEventListener("change", function () { show(chosen()); });
  window.basisTheme = {
    show: show,
    keep: function (name) { // "light", "dark" or "" for the device's
      root.dataset.theme = name;
      try { if (name) localStorage.setItem("basis_theme", name); else localStorage.removeItem("basis_theme"); } catch (refused) { /* the cookie and the account keep it */ }
      show(chosen());
    },
  };
})();
