// The kiosk's page: countdown, keypad, progress, voice. Without it every screen still works by its buttons.
"use strict";

const body = document.body;
document.getElementById("title").focus({ preventScroll: true });

// Countdown: when it ends, everything of this visit is erased by the server.
let left = Number(body.dataset.seconds);
if (left > 0) {
  const shown = document.getElementById("left");
  const clock = document.getElementById("clock");
  setInterval(() => {
    left -= 1;
    if (left >= 0) shown.textContent = left;
    clock.classList.toggle("soon", left <= 15);
    if (left === 15) {
      const soon = document.getElementById("soon");
      soon.textContent = soon.dataset.say;
    }
    if (left === 0) document.getElementById("timeout").submit();
  }, 1000);
}

// Keypad.
const pin = document.getElementById("pin");
if (pin) {
  pin.focus();
  document.getElementById("pad").addEventListener("click", (touch) => {
    const key = touch.target.closest("button");
    if (!key) return;
    if (key.dataset.digit && pin.value.length < 4) pin.value += key.dataset.digit;
    if (key.dataset.delete) pin.value = pin.value.slice(0, -1);
    typed();
  });
  // How many digits are there is told, which ones never.
  const said = document.getElementById("typed");
  const typed = () => {
    said.textContent = pin.value ? said.dataset.say.replace("{count}", pin.value.length) : "";
    if (body.classList.contains("by-voice")) speakNow([`number.${pin.value.length}`, "spoken.digits"]);
  };
  pin.addEventListener("input", typed);
}

// Keys for the number plate.
const plate = document.getElementById("plate");
if (plate) {
  plate.focus();
  document.getElementById("keys").addEventListener("click", (touch) => {
    const key = touch.target.closest("button");
    if (!key) return;
    if (key.dataset.key) plate.value = (plate.value + key.dataset.key).replace(/ +/g, " ").trimStart().slice(0, 20);
    if (key.dataset.delete) plate.value = plate.value.trimEnd().slice(0, -1);
  });
}

// A second touch while the first is on its way does nothing.
for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    const busy = form.querySelector("[data-busy]");
    if (busy) busy.classList.add("busy");
  });
}

// The printer's progress; its end shows the next screen.
const bar = document.getElementById("progress");
if (bar) {
  const page = document.getElementById("page");
  const look = async () => {
    const now = await fetch("/progress", { cache: "no-store" }).then((answer) => answer.json(), () => null);
    if (now && now.screen !== body.dataset.screen) return location.replace("/");
    if (now && now.page) {
      bar.value = now.page;
      const words = page.dataset.say.replace("{page}", now.page).replace("{pages}", now.pages);
      if (page.textContent !== words) page.textContent = words;
    }
    setTimeout(look, 300);
  };
  look();
}

// The first screen says what is now: when the service closes or opens, it is drawn anew.
if (body.dataset.screen === "welcome" || body.dataset.screen === "closed") {
  setInterval(async () => {
    const now = await fetch("/progress", { cache: "no-store" }).then((answer) => answer.json(), () => null);
    if (now && now.open !== (body.dataset.open === "yes")) location.replace("/");
  }, 15000);
}

// What the screen says, clip after clip; any new word silences the one before.
const speech = document.getElementById("speech");
const speaker = new Audio();
let waiting = [];
let whenSilent = null;
const playNext = () => {
  const clip = waiting.shift();
  if (clip === undefined) {
    speech.dataset.ended = String(Number(speech.dataset.ended || 0) + 1);
    if (whenSilent) { const then = whenSilent; whenSilent = null; then(); }
    return;
  }
  speaker.src = clip.startsWith("/") ? clip : `${speech.dataset.folder}${clip}.opus`;
  speaker.volume = 0.8;
  speaker.play().catch(() => {}); // where it may not sound before a touch, the next key speaks
};
speaker.addEventListener("ended", playNext);
speaker.addEventListener("error", () => { if (speaker.src) playNext(); });
function speakNow(clips) {
  speaker.pause();
  waiting = clips;
  playNext();
}
const byVoice = Boolean(speech) && body.classList.contains("by-voice");
const sayScreen = () => speakNow(speech.dataset.clips.split(" ").filter(Boolean));

// The numeric keypad: * begins it on any screen, and from then on every control has a key. It ends by -.
const press = (button) => { if (button) button.click(); };
let number = "";
let numberTimer = 0;
function chooseByNumber(digit) {
  number += digit;
  clearTimeout(numberTimer);
  const take = () => {
    const button = document.querySelector(`[data-choice="${number}"]`);
    number = "";
    press(button);
  };
  // Where a longer number may follow, it is waited for.
  const longer = [...document.querySelectorAll("[data-choice]")].some((one) => one.dataset.choice !== number && one.dataset.choice.startsWith(number));
  if (longer) numberTimer = setTimeout(take, 1500); else take();
}
// Characters of a number plate: 4 and 6, 2 and 8 move, 5 enters.
function movePlate(key) {
  const keys = [...document.querySelectorAll("#keys button")];
  const row = 10;
  const at = Math.max(0, keys.indexOf(document.activeElement));
  if (key === "5") { press(keys.includes(document.activeElement) ? document.activeElement : keys[0]); return; }
  const to = at + { 2: -row, 4: -1, 6: 1, 8: row }[key];
  const one = keys[Math.min(keys.length - 1, Math.max(0, to))];
  one.focus();
  const character = (one.dataset.key || "").trim();
  if (/^[0-9]$/.test(character)) speakNow([`number.${character}`]);
  else if (character.length === 1) speakNow([`/static/voice/ja/kana.${character.codePointAt(0).toString(16)}.opus`]);
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || !speech) return;
  const key = event.key;
  const typing = event.target.matches("input[type=password], input[type=text]");
  if (!byVoice) {
    if (key === "*" && !typing) { event.preventDefault(); press(document.querySelector('.look button[value="by_voice"]')); }
    return;
  }
  const hot = document.querySelector(`[data-hotkey~="${CSS.escape(key)}"]`);
  if (key === "-" && !(plate && typing)) { event.preventDefault(); press(document.querySelector('.look button[value="by_voice"]')); }
  else if (hot) { event.preventDefault(); press(hot); }
  else if (plate && /^[24568]$/.test(key)) { event.preventDefault(); movePlate(key); }
  else if (key === "0" && !pin) { event.preventDefault(); sayScreen(); }
  else if (pin && /^[0-9]$/.test(key) && !typing) { event.preventDefault(); press(document.querySelector(`[data-digit="${key}"]`)); }
  else if (/^[0-9]$/.test(key) && !typing) { event.preventDefault(); chooseByNumber(key); }
  else if (key === "Enter" && !event.target.matches("button, a, summary, input")) {
    event.preventDefault();
    press(document.querySelector("main button.primary"));
  } else if (key === "Enter" && plate) {
    event.preventDefault();
    press(document.querySelector("main button.primary"));
  }
});

// Warnings by voice, repeated until the paper or the card is taken, or the voice is stopped.
const voice = document.getElementById("voice");
const warn = () => {
  const quiet = document.getElementById("quiet");
  const every = Number(voice.dataset.repeat);
  let silent = false;
  let again = 0;
  const say = () => {
    if (silent) return;
    voice.volume = 0.8;
    voice.currentTime = 0;
    voice.play().catch(() => { again = setTimeout(say, 1000); }); // a browser that wants a touch first
  };
  voice.addEventListener("ended", () => {
    voice.dataset.said = String(Number(voice.dataset.said || 0) + 1);
    if (every > 0) again = setTimeout(say, every * 1000);
  });
  quiet.hidden = false;
  quiet.addEventListener("click", () => {
    silent = true;
    clearTimeout(again);
    voice.pause();
    quiet.disabled = true;
  });
  say();
};
if (byVoice) {
  whenSilent = voice ? warn : null;
  sayScreen();
} else if (voice) {
  warn();
}

// From here on every key and touch is heard.
body.dataset.ready = "yes";
