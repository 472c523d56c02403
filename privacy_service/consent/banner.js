/* The consent banner: asks once, keeps the answer in a cookie, tells the page and the service. docs/consent.md */
(() => {
  "use strict";
  const script = document.currentScript || document.querySelector('script[src*="consent/banner.js"]');
  const data = script.dataset;
  const base = new URL(".", script.src).href;
  const cookieName = data.cookie || "consent";
  const OVERRIDES = ["title", "text", "accept", "reject", "choose", "confirm", "policy", "always"];
  const STYLE = `
    :host { all: initial; }
    * { box-sizing: border-box; font: inherit; color: inherit; margin: 0; }
    .box {
      --back: var(--consent-background, #fff); --ink: var(--consent-text, #1b1b1f); --accent: var(--consent-accent, #1d4ed8);
      --on-accent: var(--consent-on-accent, #fff);
      font: 16px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--back); padding: 1rem;
      display: grid; gap: .75rem; border: 1px solid #767680; border-radius: .5rem; overflow: auto;
    }
    .box[hidden], fieldset[hidden], button[hidden] { display: none; }
    .afloat { position: fixed; inset: auto .5rem .5rem; max-width: 44rem; max-height: calc(100dvh - 1rem); margin: 0 auto; z-index: 2147483000; }
    h2 { font-size: 1.15rem; font-weight: 650; }
    fieldset { border: 0; padding: 0; display: grid; gap: .75rem; min-width: 0; }
    legend { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    label { display: flex; gap: .6rem; align-items: center; font-weight: 600; min-height: 1.75rem; }
    label + p { margin-inline-start: 1.85rem; }
    input { width: 1.25rem; height: 1.25rem; flex: none; accent-color: var(--accent); }
    .buttons { display: flex; flex-wrap: wrap; gap: .5rem; }
    button { flex: 1 1 9rem; min-height: 44px; padding: .5rem 1rem; border: 2px solid var(--accent); border-radius: .375rem; background: var(--back); color: var(--ink); font-weight: 600; cursor: pointer; }
    button.strong { background: var(--accent); color: var(--on-accent); }
    a { text-decoration: underline; }
    :focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
    @media (prefers-color-scheme: dark) {
      .box { --back: var(--consent-background, #1b1b1f); --ink: var(--consent-text, #f4f4f6); --accent: var(--consent-accent, #93b4ff); --on-accent: var(--consent-on-accent, #10131c); }
    }
    @media print { .box { display: none; } }`;

  let settings, words, language, root, box, opener;

  const read = (name) => {
    const found = document.cookie.split("; ").find((one) => one.startsWith(name + "="));
    return found && decodeURIComponent(found.slice(name.length + 1));
  };
  const kept = () => {
    try {
      const choice = JSON.parse(read(cookieName));
      return choice && typeof choice.c === "object" ? choice : null;
    } catch {
      return null;
    }
  };
  const keep = (choice) => {
    const parts = [`${cookieName}=${encodeURIComponent(JSON.stringify(choice))}`, "Path=/", "SameSite=Lax"];
    parts.push(`Max-Age=${(data.days || settings.days || 180) * 86400}`);
    if (data.domain) parts.push("Domain=" + data.domain);
    if (location.protocol === "https:") parts.push("Secure");
    document.cookie = parts.join("; ");
  };
  const randomId = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const anonymousId = (choice) => {
    const named = data.anonymousCookie && read(data.anonymousCookie);
    return named ? named.replace(/^"|"$/g, "") : choice?.id || randomId();
  };

  const categories = () => {
    const wanted = data.categories && data.categories.split(",").map((one) => one.trim());
    return settings.categories.filter((one) => !wanted || one.is_necessary || wanted.includes(one.key));
  };
  const preferences = () => {
    const chosen = kept()?.c || {};
    return Object.fromEntries(categories().map((one) => [one.key, one.is_necessary || chosen[one.key] === true]));
  };
  const stands = () => {
    const choice = kept();
    return Boolean(choice) && categories().every((one) => one.is_necessary || one.key in choice.c);
  };

  const tell = (choice, isNew) => {
    const detail = { categoryPreferences: preferences(), id: choice.id, version: choice.v, at: choice.at, isNew };
    document.dispatchEvent(new CustomEvent("consent", { detail }));
    for (const waiting of document.querySelectorAll('script[type="text/plain"][data-consent]')) {
      if (!waiting.dataset.consent.split(",").every((key) => detail.categoryPreferences[key.trim()])) continue;
      const started = document.createElement("script");
      for (const { name, value } of waiting.attributes) if (name !== "type") started.setAttribute(name, value);
      if (waiting.nonce) started.nonce = waiting.nonce;
      started.text = waiting.text;
      waiting.replaceWith(started);
    }
  };
  const send = async (choice) => {
    if (!data.workspace) return;
    const body = { anonymous_id: choice.id, categoryPreferences: choice.c, version: choice.v, language: choice.l, at: choice.at };
    try {
      // A plain text needs no question beforehand (CORS), so that it also goes out while a page is left.
      const options = { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "text/plain" } };
      const answer = await fetch(`${base}${data.workspace}/choices`, { ...options, keepalive: true, credentials: "omit" });
      if (!answer.ok && (answer.status >= 500 || answer.status === 429)) return;
      if (!answer.ok) console.warn(`consent: the service keeps no record of this choice (${answer.status})`);
      if (kept()?.at === choice.at) keep({ ...choice, s: 1 });
    } catch {
      // It stays unsent in the cookie, and the next page tries again.
    }
  };
  const decide = (chosen) => {
    const c = Object.fromEntries(categories().map((one) => [one.key, one.is_necessary || chosen(one.key) === true]));
    const choice = { v: settings.version || "", id: anonymousId(kept()), at: new Date().toISOString(), l: language, c, s: 0 };
    keep(choice);
    close();
    tell(choice, true);
    return send(choice);
  };

  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "onclick") element.addEventListener("click", value);
      else if (value === true) element.setAttribute(key, "");
      else if (value !== false && value != null) element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  };
  const option = (category, index) => {
    const said = words.categories?.[category.key] || { name: category.key, text: "" };
    const always = category.is_necessary ? ` (${words.always})` : "";
    const input = make("input", {
      type: "checkbox", name: category.key, "aria-describedby": `about-${index}`, disabled: category.is_necessary,
    });
    return make("div", {}, make("label", {}, input, said.name + always), make("p", { id: `about-${index}` }, said.text));
  };
  const build = () => {
    const host = make("div", { "data-consent-banner": true });
    root = host.attachShadow({ mode: "open" });
    style();
    const target = data.target && document.querySelector(data.target);
    const more = make("fieldset", { id: "more", hidden: true }, make("legend", {}, words.choose), ...categories().map(option));
    const save = make("button", { type: "button", hidden: true, onclick: () => decide(isTicked) }, words.confirm);
    const choose = make("button", { type: "button", "aria-expanded": "false", "aria-controls": "more" }, words.choose);
    choose.addEventListener("click", () => {
      more.hidden = false;
      save.hidden = false;
      choose.hidden = true;
      choose.setAttribute("aria-expanded", "true");
      more.querySelector("input:not(:disabled)")?.focus();
    });
    const policy = data.policyUrl || settings.policy_url;
    box = make(
      "div",
      {
        class: target ? "box" : "box afloat", part: "box", role: target ? "region" : "dialog", lang: language, dir: "auto",
        "aria-labelledby": "title", "aria-describedby": "text", tabindex: "-1", hidden: true,
      },
      make("h2", { id: "title", part: "title" }, words.title),
      make("p", { id: "text", part: "text" }, words.text, ...(policy ? [" ", make("a", { href: policy }, words.policy)] : [])),
      more,
      make(
        "div",
        { class: "buttons", part: "buttons" },
        make("button", { type: "button", class: "strong", onclick: () => decide(() => true) }, words.accept),
        make("button", { type: "button", class: "strong", onclick: () => decide(() => false) }, words.reject),
        choose,
        save,
      ),
    );
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && stands()) close();
    });
    root.append(box);
    // First in the page, so that whoever uses the keyboard meets it first; it takes the focus from nobody.
    if (target) target.append(host);
    else document.body.prepend(host);
  };
  const style = () => {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet]; // No policy about inline styles forbids this.
    } catch {
      const element = make("style", {}, STYLE);
      if (script.nonce) element.nonce = script.nonce;
      root.append(element);
    }
  };
  const isTicked = (key) => root.querySelector(`input[name="${CSS.escape(key)}"]`)?.checked;
  const open = (by) => {
    if (!root) build();
    const present = preferences();
    for (const input of root.querySelectorAll("input")) input.checked = present[input.name];
    box.hidden = false;
    if (!by) return;
    opener = by;
    box.focus();
  };
  const close = () => {
    if (!box || box.hidden) return;
    const hadFocus = Boolean(root.activeElement);
    box.hidden = true;
    if (hadFocus && opener) opener.focus();
    opener = null;
  };

  const pickLanguage = () => {
    const spoken = settings.languages?.length ? settings.languages : Object.keys(settings.texts || {});
    const wanted = [data.language, document.documentElement.lang, ...navigator.languages].filter(Boolean);
    const plain = (tag) => tag.toLowerCase();
    const short = (tag) => plain(tag).split("-")[0];
    for (const tag of wanted) {
      const found = spoken.find((one) => plain(one) === plain(tag)) || spoken.find((one) => short(one) === short(tag));
      if (found) return found;
    }
    return spoken[0] || "en";
  };
  const load = async () => {
    const where = data.settings || `${base}${data.workspace}/settings.json`;
    if (where.startsWith("#")) return JSON.parse(document.querySelector(where).textContent);
    const answer = await fetch(where, { credentials: "omit" });
    if (!answer.ok) throw new Error(`consent: ${where} answers ${answer.status}`);
    return answer.json();
  };
  const start = async () => {
    settings = await load();
    language = pickLanguage();
    words = { ...settings.texts?.[language] };
    for (const name of OVERRIDES) if (data[name]) words[name] = data[name];
    document.addEventListener("click", (event) => {
      const by = event.target.closest?.("[data-consent-open]");
      if (by) open(by);
    });
    window.privacyConsent = {
      open: (by) => open(by || document.body),
      preferences,
      context: () => ({ consent: { categoryPreferences: preferences() } }),
      set: (chosen) => decide((key) => chosen[key]),
      withdraw: () => decide(() => false),
    };
    document.dispatchEvent(new CustomEvent("consent-ready"));
    if (!stands()) return "manual" in data || open();
    tell(kept(), false);
    if (!kept().s) await send(kept());
  };
  // Where nothing can be asked, nothing is agreed to: no cookie, no event, no script that waits for consent.
  const begin = () => start().catch((error) => console.error(String(error)));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
