// Loads the status page again when the request has moved on. Without scripts, the page has a link for that.
(() => {
  const script = document.currentScript;
  const { state, mark } = script.dataset;
  const look = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(state, { cache: "no-store" });
      if (answer.ok && (await answer.json()).mark !== mark) location.reload();
    } catch {
      // No network just now: the next round tries again.
    }
  };
  setInterval(look, 2000);
  document.addEventListener("visibilitychange", look);
})();
