// Calendars and numbers of Streamlit's go by the browser's language; here they go by the page's.
for (const [name, value] of [["language", document.documentElement.lang], ["languages", [document.documentElement.lang]]]) {
  Object.defineProperty(navigator, name, { get: () => value });
}
