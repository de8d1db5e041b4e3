// Runs before anything is painted, so that a chosen theme does not flash.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem("treadle.theme");
  } catch (problem) {
    // Storage may be forbidden; then the system's theme it is.
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
