// The page's side: navigator.credentials, for public keys, answered by the test's chip.
// Runs in each document before the document's own scripts; what it needs of the platform it takes now.
(() => {
  "use strict";
  const name = "__seglWebAuthn";
  const ask = globalThis[name];
  delete globalThis[name];
  if (!ask) return;

  const { parse, stringify } = JSON;
  const detached = stringify({ error: { name: "NotAllowedError", message: "The key is not attached any more." } });
  const say = async (message) => {
    try {
      return await ask(stringify(message));
    } catch {
      return detached;
    }
  };
  say({ kind: "begin" }); // whatever the document before this one has asked for, nobody waits for it any more
  if (!globalThis.isSecureContext || !globalThis.PublicKeyCredential) return;

  const { AbortController, AbortSignal, DOMException, PublicKeyCredential, Promise, TypeError } = globalThis;
  const opaque = globalThis.origin === "null";

  // --- data: base64url in JSON, ArrayBuffers in objects

  const isData = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value);

  const encoded = (data) => {
    const bytes = data instanceof ArrayBuffer
      ? new Uint8Array(data)
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  };

  const decoded = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0)).buffer;

  // --- options: the members that Web Authentication names, as Web IDL converts them

  const some = (value, convert) => (value === undefined ? undefined : convert(value));
  const several = (values, convert) => some(values, (all) => Array.from(all, convert));
  const descriptor = ({ type, id }) => ({ type: String(type), id: encoded(id) });

  const plain = (value) => {
    if (isData(value)) return encoded(value);
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== "object" || value === null) return value;
    const found = {};
    for (const key in value) found[key] = plain(value[key]);
    return found;
  };

  const creation = (options) => ({
    rp: { id: some(options.rp.id, String), name: String(options.rp.name) },
    user: {
      id: encoded(options.user.id),
      name: String(options.user.name),
      displayName: String(options.user.displayName),
    },
    challenge: encoded(options.challenge),
    pubKeyCredParams: several(options.pubKeyCredParams, ({ type, alg }) => ({ type: String(type), alg: alg | 0 })),
    timeout: some(options.timeout, (value) => value >>> 0),
    excludeCredentials: several(options.excludeCredentials, descriptor),
    authenticatorSelection: some(options.authenticatorSelection, (selection) => selection && {
      authenticatorAttachment: some(selection.authenticatorAttachment, String),
      residentKey: some(selection.residentKey, String),
      requireResidentKey: some(selection.requireResidentKey, Boolean),
      userVerification: some(selection.userVerification, String),
    }),
    attestation: some(options.attestation, String),
    extensions: some(options.extensions, plain),
  });

  const assertion = (options) => ({
    challenge: encoded(options.challenge),
    timeout: some(options.timeout, (value) => value >>> 0),
    rpId: some(options.rpId, String),
    allowCredentials: several(options.allowCredentials, descriptor),
    userVerification: some(options.userVerification, String),
    extensions: some(options.extensions, plain),
  });

  // --- results: objects of the browser's own classes

  const made = (kind, members) => {
    const object = Object.create(kind.prototype);
    for (const key in members) Object.defineProperty(object, key, { value: members[key], configurable: true });
    return object;
  };

  const outputs = (json) => {
    const found = structuredClone(json);
    for (const [holder, key] of [[found.prf?.results, "first"], [found.prf?.results, "second"], [found.largeBlob, "blob"]])
      if (holder?.[key] !== undefined) holder[key] = decoded(holder[key]);
    return found;
  };

  const attestationResponse = (json) => made(globalThis.AuthenticatorAttestationResponse, {
    clientDataJSON: decoded(json.clientDataJSON),
    attestationObject: decoded(json.attestationObject),
    getTransports: () => [...json.transports],
    getAuthenticatorData: () => decoded(json.authenticatorData),
    getPublicKey: () => (json.publicKey === undefined ? null : decoded(json.publicKey)),
    getPublicKeyAlgorithm: () => json.publicKeyAlgorithm,
  });

  const assertionResponse = (json) => made(globalThis.AuthenticatorAssertionResponse, {
    clientDataJSON: decoded(json.clientDataJSON),
    authenticatorData: decoded(json.authenticatorData),
    signature: decoded(json.signature),
    userHandle: json.userHandle === undefined ? null : decoded(json.userHandle),
  });

  const credential = (json) => made(PublicKeyCredential, {
    id: json.id,
    rawId: decoded(json.rawId),
    type: json.type,
    authenticatorAttachment: json.authenticatorAttachment,
    response: (json.response.attestationObject ? attestationResponse : assertionResponse)(json.response),
    getClientExtensionResults: () => outputs(json.clientExtensionResults),
    toJSON: () => structuredClone(json),
  });

  // --- requests

  const container = globalThis.CredentialsContainer.prototype;
  const native = { create: container.create, get: container.get };

  const result = (text) => {
    const answer = parse(text);
    if (answer.credential) return credential(answer.credential);
    const { name, message } = answer.error;
    throw name === "TypeError" ? new TypeError(message) : new DOMException(message, name);
  };

  // Asked with a signal that is aborted already, the browser looks at the options' types, and does nothing more.
  const check = async (self, kind, publicKey) => {
    const aborted = new AbortController();
    aborted.abort();
    try {
      await native[kind].call(self, { publicKey, signal: aborted.signal });
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  };

  const request = (kind, options, signal) => {
    const id = crypto.randomUUID();
    return new Promise((resolve, reject) => {
      const abort = () => {
        say({ kind: "abort", id });
        reject(signal.reason);
      };
      signal?.addEventListener("abort", abort);
      say({ kind, id, opaque, options })
        .then(result)
        .then(resolve, reject)
        .finally(() => signal?.removeEventListener("abort", abort));
    });
  };

  const replace = (kind, read) => {
    const own = { async [kind](options) {
      if (options?.publicKey === undefined || options.mediation === "silent") return native[kind].call(this, options);
      const { publicKey, signal, mediation } = options;
      if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError("signal is no AbortSignal.");
      await check(this, kind, publicKey);
      if (mediation === "conditional") throw new TypeError("A security key serves no conditional mediation.");
      if (signal?.aborted) throw signal.reason;
      return request(kind, read(publicKey), signal);
    } };
    Object.defineProperty(container, kind, { ...Object.getOwnPropertyDescriptor(container, kind), value: own[kind] });
  };

  replace("create", creation);
  replace("get", assertion);

  // --- what the browser can do: what a security key can, and nothing that is built in

  PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable = async () => false;
  PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  if (PublicKeyCredential.getClientCapabilities)
    PublicKeyCredential.getClientCapabilities = async () => ({
      conditionalCreate: false,
      conditionalGet: false,
      hybridTransport: false,
      passkeyPlatformAuthenticator: false,
      relatedOrigins: false,
      signalAllAcceptedCredentials: false,
      signalCurrentUserDetails: false,
      signalUnknownCredential: false,
      userVerifyingPlatformAuthenticator: false,
      "extension:credBlob": true,
      "extension:credProps": true,
      "extension:credentialProtectionPolicy": true,
      "extension:enforceCredentialProtectionPolicy": true,
      "extension:hmacCreateSecret": true,
      "extension:largeBlob": true,
      "extension:minPinLength": true,
      "extension:prf": true,
    });
})();
