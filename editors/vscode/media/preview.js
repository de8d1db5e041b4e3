// Runs inside the webview: shows the picture, tells which state was chosen, and keeps the last good picture.
(() => {
  const editor = acquireVsCodeApi();
  const picture = document.getElementById("picture");
  const problem = document.getElementById("problem");
  let zoom = editor.getState()?.zoom ?? 1;

  window.addEventListener("message", ({ data }) => {
    problem.hidden = !data.problem;
    problem.textContent = data.problem ?? "";
    picture.classList.toggle("stale", Boolean(data.problem));
    if (!data.svg) return;
    const { scrollLeft, scrollTop } = picture;
    const parsed = new DOMParser().parseFromString(data.svg, "image/svg+xml").documentElement;
    picture.replaceChildren(document.importNode(parsed, true));
    for (const state of picture.querySelectorAll('[data-id^="/States"]')) {
      state.setAttribute("tabindex", "0");
      state.setAttribute("role", "button");
    }
    resize();
    picture.scrollTo(scrollLeft, scrollTop);
  });

  const open = (event) => {
    const state = event.target.closest?.('[data-id^="/States"]');
    if (state) editor.postMessage({ open: state.dataset.id });
    return Boolean(state);
  };
  picture.addEventListener("click", open);
  picture.addEventListener("keydown", (event) => {
    if ((event.key === "Enter" || event.key === " ") && open(event)) event.preventDefault();
    if (event.key === "0") setZoom(1);
    if (event.key === "+" || event.key === "=") setZoom(zoom * 1.2);
    if (event.key === "-") setZoom(zoom / 1.2);
  });
  picture.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      setZoom(zoom * Math.exp(-event.deltaY / 300));
    },
    { passive: false },
  );

  function setZoom(wanted) {
    zoom = Math.min(4, Math.max(0.1, wanted));
    editor.setState({ zoom });
    resize();
  }

  function resize() {
    const svg = picture.querySelector("svg");
    if (!svg) return;
    svg.style.width = `${svg.viewBox.baseVal.width * zoom}px`;
    svg.style.height = "auto";
  }

  editor.postMessage({ ready: true });
})();
