// Mounts the checkout in this page, from the wasm package the checkout server serves.
const root = document.getElementById("checkout");
const log = document.getElementById("events");
const next = document.getElementById("next");
const stay = new URLSearchParams(location.search).has("stay");

const say = (name, detail) => {
  const line = document.createElement("li");
  line.dataset.event = name;
  const title = document.createElement("b");
  title.textContent = name;
  const text = document.createElement("code");
  text.textContent = JSON.stringify(detail ?? null);
  line.append(title, " ", text);
  log.append(line);
};

const on = (name, detail) => {
  say(name, detail);
  if (name.endsWith("succeeded")) {
    next.hidden = false;
    if (!stay) location.assign(next.querySelector("a").href);
  }
};

try {
  const { default: init, mount } = await import(root.dataset.module);
  await init();
  await mount(root, { checkoutUrl: root.dataset.checkoutUrl, on });
} catch (error) {
  say("load-failed", { message: String(error) });
  const text = document.createElement("p");
  text.setAttribute("role", "alert");
  text.textContent = "The checkout could not be loaded. Reload the page to try again.";
  root.replaceChildren(text);
}
