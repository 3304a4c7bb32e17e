// The theme follows the system, unless the reader has chosen the other one (kept in localStorage).
// This runs in <head>, before the first paint; without it the button stays hidden.
(() => {
  const root = document.documentElement;
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

  function isDark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : systemIsDark.matches;
  }

  function storedTheme() {
    try { return localStorage.getItem("theme"); } catch { return null; } // storage may be blocked
  }

  function store(theme) {
    try {
      if (theme) localStorage.setItem("theme", theme);
      else localStorage.removeItem("theme");
    } catch {} // the choice then lasts for this page
  }

  function apply(theme) {
    if (theme === "dark" || theme === "light") root.dataset.theme = theme;
    else delete root.dataset.theme;
  }

  apply(storedTheme());

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme-toggle");
    if (!button) return;

    function showState() {
      button.setAttribute("aria-pressed", String(isDark()));
    }

    button.addEventListener("click", () => {
      const wanted = isDark() ? "light" : "dark";
      const isSystems = (wanted === "dark") === systemIsDark.matches;
      const chosen = isSystems ? null : wanted; // the system's own theme is followed, not stored
      store(chosen);
      apply(chosen);
      showState();
    });
    systemIsDark.addEventListener("change", showState);
    addEventListener("storage", (event) => { // chosen in another tab
      if (event.key !== "theme") return;
      apply(event.newValue);
      showState();
    });
    showState();
    button.hidden = false;
  });
})();
