// A folded part opens at once. Streamlit lets it grow for half a second, in which what stands in it and below it moves
// away from under the pointer and a click is lost.
(() => {
  const animate = Element.prototype.animate;
  Element.prototype.animate = function (frames, timing) {
    return animate.call(this, frames, this.matches('[data-testid="stExpander"] details') ? { ...timing, duration: 0 } : timing);
  };
})();
