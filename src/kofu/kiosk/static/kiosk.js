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
  });
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

// Warnings by voice, repeated until the paper or the card is taken, or the voice is stopped.
const voice = document.getElementById("voice");
if (voice) {
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
}

// From here on every key and touch is heard.
body.dataset.ready = "yes";
