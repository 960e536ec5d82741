// What scrolls inside a page can be scrolled from the keyboard too.
(() => {
  const reach = () => {
    for (const box of document.querySelectorAll(".kpi-scroll:not([tabindex]), .kpi-tall-list:not([tabindex])")) {
      if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
    }
  };
  new MutationObserver(reach).observe(document.documentElement, { childList: true, subtree: true });
  addEventListener("resize", reach);
})();
