// A download link works once. When one is clicked, it asks for a new address, so that the next click works too.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest('a[href^="/files/"]');
  if (!link) return;
  const used = link.getAttribute("href");
  setTimeout(async () => {
    const answer = await fetch(`${used}/again`, { method: "POST" });
    if (answer.ok && link.getAttribute("href") === used) link.setAttribute("href", await answer.text());
  });
});
