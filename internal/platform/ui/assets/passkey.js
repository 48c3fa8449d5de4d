// Passkeys: asks the city for a question, the browser for its answer, and sends the answer
// with the form that the button stands in. Without this script the button stays hidden.

const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function decode(options) {
	const o = { ...options, challenge: bytes(options.challenge) };
	if (o.user) o.user = { ...o.user, id: bytes(o.user.id) };
	for (const list of ["allowCredentials", "excludeCredentials"]) {
		if (o[list]) o[list] = o[list].map((c) => ({ ...c, id: bytes(c.id) }));
	}
	return o;
}

function encode(c) {
	const r = c.response;
	const response = { clientDataJSON: text(r.clientDataJSON) };
	for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
		if (r[part]) response[part] = text(r[part]);
	}
	if (r.getTransports) response.transports = r.getTransports();
	return JSON.stringify({
		id: c.id, rawId: text(c.rawId), type: c.type, response,
		authenticatorAttachment: c.authenticatorAttachment || undefined,
		clientExtensionResults: c.getClientExtensionResults(),
	});
}

async function answer(form, url) {
	const body = new URLSearchParams();
	for (const name of ["kind", "token", "email", "name"]) {
		const field = form.elements.namedItem(name);
		if (field) body.set(name, field.value);
	}
	const asked = await fetch(url, { method: "POST", body });
	if (!asked.ok) throw new Error(asked.status);
	const { ceremony, options } = await asked.json();
	const publicKey = decode(options.publicKey);
	const c = options.publicKey.user
		? await navigator.credentials.create({ publicKey })
		: await navigator.credentials.get({ publicKey });
	form.elements.namedItem("ceremony").value = ceremony;
	form.elements.namedItem("credential").value = encode(c);
	form.submit();
}

if (window.PublicKeyCredential) {
	for (const box of document.querySelectorAll("[data-passkey]")) {
		const button = box.querySelector("button");
		const error = box.querySelector("[role=alert]");
		box.hidden = false;
		button.addEventListener("click", async () => {
			button.disabled = true;
			error.hidden = true;
			try {
				await answer(button.form, box.dataset.passkey);
			} catch {
				error.hidden = false;
			}
			button.disabled = false;
		});
	}
}
