// Before the first paint, so that a dark page never flashes white. A file of its own: no inline script is allowed.
(function () {
  var kept = null;
  try {
    kept = localStorage.getItem("smart-support.scheme");
  } catch (refused) {
    // Storage is closed to this page: go by the system.
  }
  var dark = kept === "dark" || (kept !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
