// What the server cannot know: whether the tab is seen, that the server itself is gone, that nobody is let in any more.
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

  // A login that has ended looks like a lost server, but will not come back by itself: the page asks for it anew.
  setInterval(async () => {
    if (!document.body.classList.contains("pw-lost")) return;
    const answer = await fetch("/api/person").catch(() => null);
    if (answer?.status === 401) location.reload();
  }, LOST_AFTER_MS);
})();
