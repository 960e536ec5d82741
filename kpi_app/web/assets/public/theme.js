// Light or dark: as the system prefers, or as chosen in Streamlit's menu, which keeps a choice for one address only.
(() => {
  const streamlits = `stActiveTheme-${location.pathname}-v2`;
  const ours = "kpi_theme";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const kept = localStorage.getItem(ours);
  if (kept) localStorage.setItem(streamlits, kept);
  const show = () => {
    const chosen = localStorage.getItem(streamlits);
    if (chosen) localStorage.setItem(ours, chosen);
    const isDark = chosen === '"Dark"' || (chosen !== '"Light"' && dark.matches);
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
  };
  show();
  dark.addEventListener("change", show);
  for (const event of ["click", "keyup"]) document.addEventListener(event, () => setTimeout(show));
})();
