// A page whose session has ended goes to the login; the websocket alone would leave it standing there.
new MutationObserver((_, watcher) => {
  if (!document.querySelector(".kpi-ended")) return;
  watcher.disconnect();
  const here = encodeURIComponent(location.pathname + location.search);
  location.assign(`/login?next=${here}`);
}).observe(document.documentElement, { childList: true, subtree: true });
