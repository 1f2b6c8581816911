// Lists what <fanfare-checkout> tells the page. The events are hints; /thanks asks the server.
(() => {
  const names = [
    "ready", "change", "action-required", "processing", "succeeded",
    "declined", "cancelled", "expired", "error",
  ].map((name) => `fanfare-checkout-${name}`);
  const log = document.getElementById("events");
  const next = document.getElementById("next");
  const stay = new URLSearchParams(location.search).has("stay");

  for (const name of names) {
    document.addEventListener(name, (event) => {
      const line = document.createElement("li");
      line.dataset.event = name;
      const title = document.createElement("b");
      title.textContent = name;
      const detail = document.createElement("code");
      detail.textContent = JSON.stringify(event.detail ?? null);
      line.append(title, " ", detail);
      log.append(line);
      if (name === "fanfare-checkout-succeeded" && next) {
        next.hidden = false;
        if (!stay) location.assign(next.querySelector("a").href);
      }
    });
  }
})();
