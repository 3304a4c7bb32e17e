// The theme: the system's wish, unless the reader has chosen otherwise (kept in localStorage).
// Read in <head> before the first paint; the button stays hidden where this does not run.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const recall = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const keep = (theme) => {
    try { theme ? localStorage.setItem("theme", theme) : localStorage.removeItem("theme"); } catch {}
  };
  const show = (theme) => {
    if (theme === "dark" || theme === "light") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  show(recall());

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    if (!button) return;
    const mark = () => button.setAttribute("aria-pressed", String(isDark()));
    button.addEventListener("click", () => {
      const wanted = isDark() ? "light" : "dark";
      const chosen = (wanted === "dark") === system.matches ? null : wanted; // back to the system's wish
      keep(chosen);
      show(chosen);
      mark();
    });
    system.addEventListener("change", mark);
    addEventListener("storage", (event) => { // chosen in another tab
      if (event.key === "theme") { show(event.newValue); mark(); }
    });
    mark();
    button.hidden = false;
  });
})();
