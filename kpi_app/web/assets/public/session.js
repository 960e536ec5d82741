// A page whose session has ended goes to the login; it would be left standing there otherwise.
(() => {
  const leave = () => location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  new MutationObserver((_, watcher) => {
    if (!document.querySelector(".kpi-ended")) return;
    watcher.disconnect();
    leave();
  }).observe(document.documentElement, { childList: true, subtree: true });
  // The gate closes the websocket of a session that has ended; Streamlit then knocks again and again, and is refused.
  const isRefused = (it) => it.responseStatus === 401 && new URL(it.name).pathname.startsWith("/_stcore/");
  new PerformanceObserver((seen) => seen.getEntries().some(isRefused) && leave()).observe({ type: "resource" });
})();
