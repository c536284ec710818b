// Live regions, sheets, the palette, keys, clocks. Every page works without this file.
"use strict";
(() => {
  const $ = (what, from = document) => from.querySelector(what);
  const all = (what, from = document) => [...from.querySelectorAll(what)];
  const root = document.documentElement;
  root.classList.add("scripted");
  const sheet = $("#sheet"), palette = $("#palette"), badge = $("#live");

  // --- clocks: counted from the server's time ---
  const skew = Date.parse($("meta[name=tocsin-now]").content) - Date.now();
  const now = () => Date.now() + skew;
  const spell = ms => {
    const s = Math.floor(Math.abs(ms) / 1000), h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    const two = n => String(n).padStart(2, "0");
    return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
  };
  const warned = new Set();
  function tick() {
    for (const each of all("[data-up]")) put(each, spell(now() - Date.parse(each.dataset.up)));
    for (const each of all("[data-down]")) {
      const left = Date.parse(each.dataset.down) - now();
      put(each, left < 0 ? `overdue ${spell(left)}` : spell(left));
      each.classList.toggle("overdue", left < 0);
    }
    const waits = $("[data-decision]");
    if (waits) {
      const left = Date.parse(waits.dataset.expires) - now();
      if (left > 0 && left < 60000 && !warned.has(waits.dataset.decision)) {
        warned.add(waits.dataset.decision);
        $("#alarm").textContent = "The approval that waits expires in 60 seconds.";
      }
    }
    age(); hush(); tried();
  }
  const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  // --- morphing: what is the same stays, so focus, open details and half-typed text stay ---
  function morph(old, html) {
    const fresh = document.createElement(old.tagName);
    fresh.innerHTML = html; // our own templates, escaped on the server; the policy of the page runs nothing from it
    const had = document.activeElement;
    children(old, fresh);
    // A row that was moved loses the focus in the browser's eyes; whoever walks by keys stays where they are.
    if (had && had.isConnected && document.activeElement !== had) had.focus({ preventScroll: true });
  }
  const key = node => node.nodeType === 1 ? node.id || node.dataset.decision || "" : "";
  const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && key(a) === key(b);
  function children(old, fresh) {
    let at = old.firstChild;
    for (const want of [...fresh.childNodes]) {
      let match = at;
      while (match && !alike(match, want)) match = key(want) ? match.nextSibling : null;
      if (!match) { old.insertBefore(want, at); continue; }
      if (match !== at) old.insertBefore(match, at); else at = at.nextSibling;
      one(match, want);
    }
    while (at) { const next = at.nextSibling; at.remove(); at = next; }
  }
  function one(old, want) {
    if (old.nodeType !== 1) { if (old.nodeValue !== want.nodeValue) old.nodeValue = want.nodeValue; return; }
    if (old.isEqualNode(want)) return;
    // What a person did to the page is not the server's to take back; `walk` makes a heading focusable.
    const kept = old.nodeName === "DETAILS" ? ["open"] : ["INPUT", "TEXTAREA", "SELECT"].includes(old.nodeName) ? ["value", "checked"] : ["tabindex"];
    for (const { name } of [...old.attributes]) if (!want.hasAttribute(name) && !kept.includes(name)) old.removeAttribute(name);
    for (const { name, value } of [...want.attributes]) if (old.getAttribute(name) !== value && !kept.includes(name)) old.setAttribute(name, value);
    if (old.nodeName !== "TEXTAREA") children(old, want);
  }

  // --- the stream ---
  let stream = null, heard = 0, position = 0, spoken = [], spokenAt = 0;
  const where = document.body.dataset.stream;
  function open() {
    if (!where || stream || document.hidden) return;
    const url = new URL(where, location.href);
    if (position) url.searchParams.set("after", position);
    stream = new EventSource(url);
    const alive = () => { heard = Date.now(); age(); };
    stream.addEventListener("beat", alive);
    stream.addEventListener("change", event => { change(JSON.parse(event.data)); alive(); });
    stream.addEventListener("over", () => { close(); location.reload(); });
    stream.onerror = () => {
      // A refusal ends an EventSource for good; only a lost line is taken up again by the browser.
      if (stream && stream.readyState === EventSource.CLOSED) { close(); setTimeout(open, 2000); }
    };
  }
  function close() { if (stream) stream.close(); stream = null; }
  function change(message) {
    position = message.position;
    for (const [id, html] of Object.entries(message.regions)) { const old = document.getElementById(id); if (old) morph(old, html); }
    const rows = $("#rows");
    for (const html of message.rows) {
      if (!rows) break;
      const holder = document.createElement("template");
      holder.innerHTML = html;
      const row = holder.content.firstElementChild;
      if (document.getElementById(row.id)) continue;
      row.classList.add("fresh");
      rows.prepend(row);
      if (!row.classList.contains("quiet")) spoken.push($(".text", row).firstChild.textContent + (row.querySelector(".text").childNodes[1] || {}).textContent);
    }
    tick(); listen();
    document.dispatchEvent(new CustomEvent("tocsin:change", { detail: message.position }));
  }
  function age() {
    if (!badge) return;
    const silent = Date.now() - heard, state = !heard ? "connecting" : silent < 12000 ? "live" : "stale";
    if (badge.dataset.state !== state) badge.dataset.state = state;
    put($(".word", badge), state === "live" ? "Live" : state === "connecting" ? "Connecting" : `Not live, data ${spell(silent)} old. Reconnecting`);
    if (state === "stale" && stream && silent > 20000) { close(); open(); }
    if (spoken.length && Date.now() - spokenAt > 10000) {
      put($("#spoken"), spoken.slice(-3).join(". ")); spoken = []; spokenAt = Date.now();
    }
  }
  document.addEventListener("visibilitychange", () => document.hidden ? close() : open());
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);

  // --- sound: two short tones when something new waits for a person; "m" keeps this browser quiet for ten minutes ---
  const quietUntil = () => Number(localStorage.getItem("tocsin-quiet-until")) || 0;
  const wanting = () => new Set([...all("[data-decision]").map(each => each.dataset.decision), ...all("[data-wants]").map(each => each.dataset.wants)]);
  let sounds = null, known = wanting();
  function listen() {
    const waiting = wanting(), fresh = [...waiting].some(each => !known.has(each));
    known = waiting;
    if (!fresh || quietUntil() > Date.now()) return;
    document.dispatchEvent(new CustomEvent("tocsin:sound"));
    // A browser gives sound only to a page that somebody has touched; until then it stays silent. Paging does not depend on it.
    if (!navigator.userActivation || !navigator.userActivation.hasBeenActive) return;
    sounds = sounds || new AudioContext();
    for (const [at, pitch] of [[0, 660], [.22, 880]]) {
      const tone = sounds.createOscillator(), gain = sounds.createGain(), begin = sounds.currentTime + at;
      tone.frequency.value = pitch;
      gain.gain.setValueAtTime(.12, begin); gain.gain.exponentialRampToValueAtTime(.001, begin + .18);
      tone.connect(gain).connect(sounds.destination);
      tone.start(begin); tone.stop(begin + .2);
    }
  }
  function mute() {
    const until = quietUntil() > Date.now() ? 0 : Date.now() + 600000;
    localStorage.setItem("tocsin-quiet-until", until);
    toast(until ? "Sound is off for 10 minutes. Paging goes on." : "Sound is on again.");
    hush();
  }
  function hush() { const mark = $(".quiet-until"); if (mark) mark.hidden = quietUntil() <= Date.now(); }

  // --- sheets: a form of its own page, shown over this one ---
  let opener = null;
  async function load(dialog, url, after) {
    opener = document.activeElement;
    const answer = await fetch(url, { headers: { "x-tocsin-sheet": "1" } }).catch(() => null);
    if (!answer) return toast("The server does not answer. Nothing was done.", true);
    if (answer.status === 401) return location.reload();
    dialog.innerHTML = await answer.text();
    if (!dialog.open) dialog.showModal();
    // The safe choice has the focus, and what it is about is what is seen first.
    const focus = $("[autofocus]", dialog); if (focus) focus.focus({ preventScroll: true });
    dialog.scrollTop = 0;
    // The second tap of a double tap lands where the first one was: nothing can be approved in that moment.
    guarded = Date.now() + 600;
    for (const each of all(".approve button", dialog)) { const held = each.disabled; each.disabled = true; setTimeout(() => { each.disabled = held && !!$("#dry[data-open]"); }, 600); }
    tick(); keysSwitch(); if (after) after();
  }
  // A yes waits for the dry run: its row is asked for again until it has answered, and nothing else of the sheet is touched.
  let asking = false, guarded = 0;
  async function tried() {
    const row = $("#dry[data-open]");
    if (!row || asking || Date.now() < guarded) return;
    asking = true;
    const answer = await fetch(row.dataset.open, { headers: { "x-tocsin-sheet": "1" } }).catch(() => null);
    asking = false;
    if (!answer || !answer.ok || !row.isConnected) return;
    const fresh = document.createElement("template");
    fresh.innerHTML = await answer.text();
    const news = $("#dry", fresh.content), button = $("#approve"), then = $("#approve", fresh.content);
    if (!news) return;
    if (button) button.disabled = !!then && then.disabled;
    if (news.dataset.open) return;
    morph(row, news.innerHTML); delete row.dataset.open;
  }
  const shut = dialog => { if (dialog.open) dialog.close(); dialog.innerHTML = ""; if (opener && opener.isConnected) opener.focus(); };
  for (const dialog of [sheet, palette]) if (dialog) {
    dialog.addEventListener("close", () => { dialog.innerHTML = ""; });
    dialog.addEventListener("click", event => { if (event.target === dialog) shut(dialog); });
  }
  function jump() { load(palette, "/jump"); }

  document.addEventListener("click", event => {
    const link = event.target.closest("a,button");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.matches("[data-sheet]") && sheet) { event.preventDefault(); if (palette.open) shut(palette); load(sheet, link.href); }
    else if (link.matches("[data-palette]")) { event.preventDefault(); jump(); }
    else if (link.matches("[data-close]") && link.closest("dialog")) { event.preventDefault(); shut(link.closest("dialog")); }
    else if (link.matches("[data-copy]")) { navigator.clipboard.writeText($("pre", link.parentElement).textContent).then(() => toast("Copied.")); }
    else if (link.matches("[data-theme-switch]")) {
      event.preventDefault();
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      document.cookie = `tocsin_theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
    }
  });

  // --- forms: sent in the background; a sheet closes only when it was done ---
  document.addEventListener("submit", async event => {
    const form = event.target;
    if (!form.matches("[data-quiet]")) return;
    event.preventDefault();
    const buttons = all("button", form), dialog = form.closest("dialog");
    for (const each of buttons) each.disabled = true;
    const fields = new URLSearchParams(new FormData(form, event.submitter));
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { "x-tocsin-quiet": "1" } }).catch(() => null);
    for (const each of buttons) each.disabled = false;
    const body = answer ? await answer.json().catch(() => ({})) : {};
    if (answer && answer.ok) {
      for (const [name, value] of Object.entries(body.fields || {})) { const field = form.elements[name]; if (field) field.value = value; }
      if (form.matches("[data-autosave]")) { form.dataset.clean = "1"; saved(form, "saved"); if (event.detail === "auto") return; }
      if (dialog) shut(dialog); else all("input[name=text]", form).forEach(each => { each.value = ""; });
      toast(body.said || "Done.");
      if (body.go) location.assign(body.go); else if (!where && !form.matches("[data-autosave]")) location.reload();
      return;
    }
    const why = [body.problem || "The server does not answer. Nothing was done.", body.hint].filter(Boolean).join(" ");
    const place = dialog && $(".js-wrong", dialog);
    if (place) { place.textContent = why; place.hidden = false; place.scrollIntoView({ block: "nearest" }); } else toast(why, true);
  });
  // --- a long text is saved by itself a while after the last key; leaving with unsaved words asks ---
  const saved = (form, text) => { const place = $("[data-saved]", form); if (place) place.textContent = text; };
  let waits = 0;
  document.addEventListener("input", event => {
    const form = event.target.closest("[data-autosave]");
    if (!form) return;
    delete form.dataset.clean; form.dataset.dirty = "1"; saved(form, "not saved yet");
    clearTimeout(waits); waits = setTimeout(() => form.dispatchEvent(new CustomEvent("submit", { bubbles: true, cancelable: true, detail: "auto" })), 4000);
  });
  addEventListener("beforeunload", event => { const form = $("[data-autosave][data-dirty]:not([data-clean])"); if (form) event.preventDefault(); });
  function toast(text, bad) {
    const holder = $("#toasts"); if (!holder) return;
    const line = document.createElement("p");
    line.textContent = text; line.className = bad ? "bad" : "";
    holder.append(line);
    setTimeout(() => line.remove(), bad ? 12000 : 5000);
  }

  // --- the palette ---
  document.addEventListener("input", event => {
    if (event.target.id !== "jump-q" || !event.target.closest("dialog")) return;
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const each of all("[data-words]", palette)) { each.hidden = !words.every(word => each.dataset.words.includes(word)); each.classList.remove("on"); }
    const first = $("[data-words]:not([hidden])", palette); if (first) first.classList.add("on");
  });
  document.addEventListener("change", event => {
    if (event.target.matches("[data-lines]")) $("#rows").dataset.lines = event.target.value;
    if (event.target.matches("[data-keys-switch]")) localStorage.setItem("tocsin-keys", event.target.checked ? "on" : "off");
  });
  const keysOn = () => localStorage.getItem("tocsin-keys") !== "off";
  function keysSwitch() { const box = $("[data-keys-switch]"); if (box) box.checked = keysOn(); }

  // --- keys ---
  let going = 0;
  document.addEventListener("keydown", event => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); if (palette) jump(); return; }
    const inPalette = palette && palette.open;
    if (inPalette && ["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return choose(event);
    const typed = event.target.closest("input,textarea,select,[contenteditable]");
    // A sheet that was just closed keeps the focus until the browser paints again; its fields take no keys any more.
    const field = typed && !typed.closest("dialog:not([open])") ? typed : null;
    if (event.key === "Escape" && field && !field.closest("dialog")) return field.blur();
    if (field || event.ctrlKey || event.metaKey || event.altKey || !keysOn() || (sheet && sheet.open) || inPalette) return;
    if (going && Date.now() - going < 1500) {
      going = 0;
      const door = $(`[data-go="${CSS.escape(event.key)}"]`);
      if (door) { event.preventDefault(); door.click(); }
      return;
    }
    if (event.key === "g") { going = Date.now(); return; }
    if (event.key === "?") return void load(sheet, "/keys");
    if (event.key === "m") return mute();
    if (event.key === "j" || event.key === "k") return walk(event.key === "j" ? 1 : -1);
    if (event.key === "x") {
      const review = $("[data-decision]");
      if (review) load(sheet, review.href + "?reject=1", () => { const why = $("#reason", sheet); if (why) why.focus(); });
      return;
    }
    const target = all(`[data-key="${CSS.escape(event.key)}"]`).find(each => each.offsetParent);
    if (!target) return;
    event.preventDefault();
    if (target.matches("input,textarea")) target.focus(); else target.click();
  });
  function choose(event) {
    const shown = all("[data-words]:not([hidden])", palette), on = shown.findIndex(each => each.classList.contains("on"));
    if (event.key === "Enter") {
      if (event.target.id !== "jump-q") return;
      event.preventDefault();
      const link = shown[Math.max(on, 0)]; if (link) $("a", link).click();
      return;
    }
    event.preventDefault();
    const next = shown[(on + (event.key === "ArrowDown" ? 1 : -1) + shown.length) % shown.length];
    shown.forEach(each => each.classList.toggle("on", each === next));
    if (next) next.scrollIntoView({ block: "nearest" });
  }
  function walk(by) {
    const rows = all(".incident, .step h3, .walk"), at = rows.indexOf(document.activeElement);
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (next) { if (!next.matches("a")) next.tabIndex = -1; next.focus(); }
  }

  tick(); setInterval(tick, 1000); open();
})();
