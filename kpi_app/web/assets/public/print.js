// Printing is the browser's: the page's own button opens its dialog, where a PDF can be kept for the meeting.
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest(".kpi-print")) window.print();
});
