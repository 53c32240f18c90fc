// Two things the server cannot know: whether the tab is seen, and that the server itself is gone.
(() => {
  const LOST_AFTER_MS = 5000;
  let beat = "";
  let heardAt = performance.now();

  const tell = () => window.emitEvent && window.emitEvent("pw_seen", !document.hidden);
  document.addEventListener("visibilitychange", tell);

  setInterval(() => {
    const now = document.getElementById("pw-beat")?.textContent ?? "";
    if (now !== beat) {
      if (beat === "") tell();
      beat = now;
      heardAt = performance.now();
    }
    document.body.classList.toggle("pw-lost", performance.now() - heardAt > LOST_AFTER_MS);
  }, 500);
})();
