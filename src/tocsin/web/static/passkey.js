// Passkeys: asks the authenticator and posts its answer. Without this file there is password and code.
"use strict";
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), each => each.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const ids = list => (list || []).map(each => ({ ...each, id: bytes(each.id) }));

  // What the server asks, with its texts as the bytes a browser wants.
  function asked(options) {
    const made = { ...options, challenge: bytes(options.challenge) };
    if (options.user) made.user = { ...options.user, id: bytes(options.user.id) };
    if (options.excludeCredentials) made.excludeCredentials = ids(options.excludeCredentials);
    if (options.allowCredentials) made.allowCredentials = ids(options.allowCredentials);
    return made;
  }
  function answered(found) {
    const response = { clientDataJSON: text(found.response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      const value = found.response[name];
      if (value) response[name] = text(value);
    }
    return JSON.stringify({ id: found.id, rawId: text(found.rawId), type: found.type, clientExtensionResults: {}, response });
  }
  const quiet = { "x-tocsin-quiet": "1" };
  async function told(answer) {
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) return body;
    throw new Error([body.problem || "The server does not answer.", body.hint].filter(Boolean).join(" "));
  }
  async function go(form) {
    const options = asked(await told(await fetch(form.dataset.options, { headers: quiet })));
    const found = await navigator.credentials[form.dataset.passkey]({ publicKey: options });
    const fields = new URLSearchParams(new FormData(form));
    fields.set("answer", answered(found));
    const body = await told(await fetch(form.action, { method: "POST", body: fields, headers: quiet }));
    if (body.go) location.assign(body.go); else location.reload();
  }
  for (const form of document.querySelectorAll("[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async event => {
      event.preventDefault();
      const button = form.querySelector("button"), said = form.querySelector(".js-said");
      button.disabled = true; said.hidden = true;
      try { await go(form); } catch (problem) {
        // A person who closes the browser's own window has not done anything wrong.
        const names = { NotAllowedError: "Nothing was done: it was called off, or took too long.", InvalidStateError: "This device has a passkey here already." };
        said.textContent = names[problem.name] || problem.message; said.hidden = false;
      }
      button.disabled = false;
    });
  }
})();
