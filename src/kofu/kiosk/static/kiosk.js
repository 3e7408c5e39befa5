// The kiosk's page: countdown, keypad, voice. Without it every screen still works by its buttons.
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

// The printer takes its time.
const finish = document.getElementById("finish");
if (finish) setTimeout(() => finish.submit(), 1800);

// Warnings by voice, repeated until the paper is taken or the voice is stopped.
const spoken = document.querySelector("main [data-say]");
if (spoken && "speechSynthesis" in window) {
  const say = () => {
    const words = new SpeechSynthesisUtterance(spoken.dataset.say);
    words.lang = document.documentElement.lang;
    speechSynthesis.speak(words);
  };
  say();
  const every = Number(spoken.dataset.repeat || 0);
  const again = every > 0 ? setInterval(say, every * 1000) : 0;
  const quiet = document.getElementById("quiet");
  if (quiet) quiet.addEventListener("click", () => { clearInterval(again); speechSynthesis.cancel(); });
  window.addEventListener("pagehide", () => speechSynthesis.cancel());
}

// From here on every key and touch is heard.
body.dataset.ready = "yes";
