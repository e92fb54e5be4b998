"use strict";

async function post(path, body) {
  const response = await fetch(path, { method: "POST", body: JSON.stringify(body) });
  return response.json();
}

async function ceremony(path, asked, changed, parse, call) {
  try {
    const options = { ...parse(await post(`${path}/begin`, asked)), ...changed };
    const credential = await call({ publicKey: options, signal: window.signal });
    window.credential = credential;
    const answer = await post(`${path}/complete`, credential.toJSON());
    return { ...answer, extensions: credential.toJSON().clientExtensionResults };
  } catch (error) {
    return { error: error.name, message: error.message };
  }
}

function register(asked = {}, changed = {}) {
  const parse = (json) => PublicKeyCredential.parseCreationOptionsFromJSON(json);
  return ceremony("/register", asked, changed, parse, (options) => navigator.credentials.create(options));
}

function signIn(asked = {}, changed = {}) {
  const parse = (json) => PublicKeyCredential.parseRequestOptionsFromJSON(json);
  return ceremony("/sign-in", asked, changed, parse, (options) => navigator.credentials.get(options));
}

addEventListener("DOMContentLoaded", () => {
  for (const [id, work] of [["register", register], ["sign-in", signIn]])
    document.getElementById(id).addEventListener("click", async () => {
      const result = document.getElementById("result");
      result.textContent = "";
      result.textContent = JSON.stringify(await work());
    });
});
