// One deed makes one step of the browser's history. Streamlit makes one of every address that a page writes by itself
// as it opens or answers, and back would need as many presses.
(() => {
  let isDone = false;
  for (const deed of ["click", "keydown"]) addEventListener(deed, () => { isDone = true; }, true);
  addEventListener("popstate", () => { isDone = false; }, true);
  const push = history.pushState;
  history.pushState = function (...step) {
    (isDone ? push : history.replaceState).apply(history, step);
    isDone = false;
  };
})();
