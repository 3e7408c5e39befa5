// Reads the signed code of a certificate, verifies it with the keys in this page, and shows what the ward certified.
// The format is described in kofu.certificates.authenticity. Nothing leaves this page.
"use strict";

const DATA = JSON.parse(document.getElementById("data").textContent);
const MAGIC = "KFA1";
const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const SIGNATURE_BYTES = 64;
const HEAD_BYTES = 10; // magic, key id, length of the body
const SIDE_MAX = 4000; // pixels; a larger picture is made smaller before it is read
const TAG = { number: 1, title: 2, year: 3, issuedOn: 4, office: 5, digest: 6, fact: 7, leftOut: 8 };

// How a key of each kind is imported, and how it verifies.
const ALGORITHMS = {
  "P-256": [{ name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }],
  Ed25519: [{ name: "Ed25519" }, { name: "Ed25519" }],
};

class Refused extends Error {}

function fromText(text) {
  const digits = [...text.slice(MAGIC.length)].map((character) => BASE45.indexOf(character));
  if (!text.startsWith(MAGIC) || digits.includes(-1) || digits.length % 3 === 1) throw new Refused("not_a_code");
  const bytes = [...MAGIC].map((character) => character.charCodeAt(0));
  for (let at = 0; at < digits.length; at += 3) {
    const part = digits.slice(at, at + 3);
    const value = part.reduce((sum, digit, place) => sum + digit * 45 ** place, 0);
    if (value >= 2 ** (8 * (part.length - 1))) throw new Refused("not_a_code");
    if (part.length === 3) bytes.push(value >> 8);
    bytes.push(value & 255);
  }
  return new Uint8Array(bytes);
}

function parse(code) {
  const length = code[8] * 256 + code[9];
  if (code.length !== HEAD_BYTES + length + SIGNATURE_BYTES) throw new Refused("not_a_code");
  const words = new TextDecoder("utf-8", { fatal: true });
  const single = new Map();
  const facts = [];
  const end = HEAD_BYTES + length;
  for (let at = HEAD_BYTES; at < end; ) {
    const [tag, size] = [code[at], code[at + 1]];
    const value = code.slice(at + 2, at + 2 + size);
    at += 2 + size;
    if (at > end) throw new Refused("not_a_code");
    if (tag === TAG.fact) facts.push(words.decode(value).split("\x1f"));
    else if (single.has(tag)) throw new Refused("not_a_code");
    else single.set(tag, value);
  }
  for (const tag of Object.values(TAG)) if (tag !== TAG.fact && !single.has(tag)) throw new Refused("not_a_code");
  const number = (tag) => [...single.get(tag)].reduce((sum, byte) => sum * 256 + byte, 0);
  const day = String(number(TAG.issuedOn)).padStart(8, "0");
  return {
    keyId: [...code.slice(4, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
    number: words.decode(single.get(TAG.number)),
    title: words.decode(single.get(TAG.title)),
    issuedOn: `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`,
    office: words.decode(single.get(TAG.office)),
    facts,
    leftOut: number(TAG.leftOut),
  };
}

async function verified(text) {
  const code = fromText(text);
  let said;
  try {
    said = parse(code);
  } catch (error) {
    throw error instanceof Refused ? error : new Refused("not_a_code");
  }
  const key = DATA.keys.find((one) => one.id === said.keyId);
  if (!key) throw new Refused("unknown_key");
  const spki = Uint8Array.from(atob(key.spki), (character) => character.charCodeAt(0));
  const [kept, verifying] = ALGORITHMS[key.algorithm];
  let imported;
  try {
    imported = await crypto.subtle.importKey("spki", spki, kept, false, ["verify"]);
  } catch {
    throw new Refused("old_browser"); // that it cannot verify says nothing about the paper
  }
  const [signed, signature] = [code.slice(0, -SIGNATURE_BYTES), code.slice(-SIGNATURE_BYTES)];
  if (!(await crypto.subtle.verify(verifying, imported, signature, signed))) {
    throw new Refused("not_signed");
  }
  if (said.issuedOn < key.begins || key.ends < said.issuedOn) throw new Refused("key_not_valid");
  said.revokedOn = DATA.revoked[said.number] || "";
  return said;
}

// -- what is shown -------------------------------------------------------------------------------------------------

const REFUSALS = {
  not_a_code: ["証明書の署名コードではありません", "This is not the signed code of a certificate."],
  unknown_key: [
    "この自治体の鍵で署名されたものではありません。別の自治体の証明書か、このページが古いか、偽造です。",
    "None of this municipality's keys signed it: another municipality's certificate, an old copy of this page, or a forgery.",
  ],
  not_signed: [
    "署名が内容と一致しません。書き換えられた疑いがあります。証明書を受け取らず、自治体へお問い合わせください。",
    "The signature does not match what the code says. It may have been altered: do not accept it, ask the municipality.",
  ],
  key_not_valid: [
    "証明日に使われていない鍵で署名されています。自治体へお問い合わせください。",
    "The key was not in use on the date of the certificate. Ask the municipality.",
  ],
  no_code: [
    "二次元コードを読み取れませんでした。明るい場所で、コードを大きく、まっすぐ写してください。",
    "No code could be read. Take the picture in good light, with the code large and straight.",
  ],
  old_browser: [
    "このブラウザーは署名の確認に対応していません。新しいブラウザーで開いてください。証明書の真偽は、まだ分かりません。",
    "This browser cannot verify the signature. Open the page in a newer one; nothing is said of the certificate yet.",
  ],
  no_camera: ["カメラを使えません。画像を選んでください。", "The camera cannot be used. Choose a picture instead."],
};

function element(name, text, language) {
  const made = document.createElement(name);
  made.textContent = text;
  if (language) made.lang = language;
  return made;
}

function show(kind, ...children) {
  const answer = document.getElementById("answer");
  answer.className = `answer ${kind}`;
  answer.replaceChildren(...children);
  answer.hidden = false;
  answer.scrollIntoView({ block: "nearest" });
}

function showRefusal(reason) {
  const [japanese, english] = REFUSALS[reason] || REFUSALS.not_a_code;
  const kind = ["no_code", "no_camera", "old_browser"].includes(reason) ? "other" : "bad";
  const heading = kind === "bad" || reason === "old_browser" ? "確認できません" : "読み取れません";
  show(kind, element("h2", heading), element("p", japanese), element("p", english, "en"));
}

function showStatement(said) {
  const list = document.createElement("dl");
  const rows = [
    ["証明書", said.title],
    ["発行番号", said.number],
    ["証明日", said.issuedOn],
    ["証明者", said.office],
    ...said.facts,
  ];
  for (const [label, value] of rows) {
    const row = document.createElement("div");
    row.append(element("dt", label), element("dd", value));
    list.append(row);
  }
  const compare = element("p", "手元の紙と見比べてください。一つでも違うときは、受け取らずに自治体へお問い合わせください。");
  compare.className = "do";
  const more = said.leftOut ? [element("p", `ほかに${said.leftOut}項目は、コードに入りきらないため表示されません。`)] : [];
  if (said.revokedOn) {
    const gone = `${said.revokedOn}に取り消されています。使えません。`;
    show("bad", element("h2", "取り消された証明書です"), element("p", gone), element("p", "This certificate was revoked.", "en"), list);
    return;
  }
  show(
    "good",
    element("h2", "署名を確認しました"),
    element("p", "The ward certified the following.", "en"),
    list,
    compare,
    ...more,
  );
}

async function judge(text) {
  try {
    showStatement(await verified(text));
  } catch (error) {
    showRefusal(error instanceof Refused ? error.message : "not_a_code");
  }
}

// -- reading ---------------------------------------------------------------------------------------------------------

// The decoder is in this page too (zxing-cpp as WebAssembly): it is made ready once, from bytes, not from a server.
const decoder = ZXingWASM.prepareZXingModule({
  overrides: {
    wasmBinary: Uint8Array.from(atob(document.getElementById("wasm").textContent.trim()), (c) => c.charCodeAt(0)).buffer,
  },
  fireImmediately: true,
});

function pixels(source, width, height) {
  const scale = Math.min(1, SIDE_MAX / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

async function readSource(source, width, height) {
  if ("BarcodeDetector" in window) {
    try {
      const found = await new BarcodeDetector({ formats: ["qr_code"] }).detect(source);
      const code = found.find((one) => one.rawValue.startsWith(MAGIC));
      if (code) return code.rawValue;
    } catch {
      // a browser may name the detector and not have it: the decoder in this page reads instead
    }
  }
  await decoder;
  const found = await ZXingWASM.readBarcodes(pixels(source, width, height), { formats: ["QRCode"], tryHarder: true });
  const code = found.find((one) => one.isValid && one.text.startsWith(MAGIC));
  return code ? code.text : "";
}

document.getElementById("file").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    showRefusal("no_code");
    return;
  }
  const text = await readSource(picture, picture.width, picture.height);
  picture.close();
  if (text) await judge(text);
  else showRefusal("no_code");
});

const video = document.getElementById("video");

function stopCamera() {
  for (const track of video.srcObject ? video.srcObject.getTracks() : []) track.stop();
  video.srcObject = null;
  document.getElementById("view").hidden = true;
}

document.getElementById("stop").addEventListener("click", stopCamera);
document.getElementById("camera").addEventListener("click", async () => {
  try {
    const wanted = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } };
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: wanted });
  } catch {
    showRefusal("no_camera");
    return;
  }
  document.getElementById("view").hidden = false;
  await video.play();
  const look = async () => {
    if (!video.srcObject) return;
    const text = video.videoWidth ? await readSource(video, video.videoWidth, video.videoHeight) : "";
    if (text) {
      stopCamera();
      await judge(text);
    } else {
      setTimeout(look, 150);
    }
  };
  look();
});

document.getElementById("ward").textContent = DATA.municipality;
document.getElementById("known").append(
  `${DATA.madeAt}より後に取り消された証明書かどうか（このページは${DATA.madeAt}に作成）。`,
  document.createElement("br"),
  element("span", `Whether it was revoked after ${DATA.madeAt}, when this page was made.`, "en"),
);
document.documentElement.dataset.ready = "yes";
