// Keyboard and print: "/" goes to the search field, [data-print] prints. No page needs this script to work.
(() => {
  "use strict";
  const typing = (element) =>
    element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));

  // where the menu would stand above the page, it is folded; beside it, it stands open
  const narrow = window.matchMedia("(max-width: 800px)");
  const fold = () => {
    const menu = document.querySelector("[data-menu]");
    if (menu !== null) menu.open = !narrow.matches;
  };
  narrow.addEventListener("change", fold);
  fold();

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const search = document.querySelector('input[type="search"], [data-search]');
    if (search === null) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  // printing goes on record first; the button prints only what could be recorded
  const page = document.body.dataset;
  let recorded = false;
  const record = async () => {
    const token = document.querySelector('input[name="csrfmiddlewaretoken"]');
    if (!page.printWords || token === null) return 204; // a page that shows nobody anything
    const body = new URLSearchParams({ page: page.printWords, csrfmiddlewaretoken: token.value });
    const answer = await fetch(page.printed, { method: "POST", body, keepalive: true, redirect: "error" });
    return answer.status;
  };
  const refuse = (status) => {
    const words = document.createElement("p");
    words.className = "message error no-print";
    words.setAttribute("role", "alert");
    words.textContent =
      status === 403
        ? "あなたの役割では、個人の画面を印刷できません。この操作は記録されました。"
        : "印刷の記録を書き込めないため、印刷しませんでした。";
    document.querySelector("main .head").after(words);
  };
  document.addEventListener("click", async (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-print]")) return;
    const status = await record().catch(() => 0);
    recorded = status === 204;
    if (recorded) window.print();
    else refuse(status);
  });
  window.addEventListener("beforeprint", () => {
    for (const folded of document.querySelectorAll("details[data-print-open]")) folded.open = true; // paper unfolds nothing
    if (!recorded) record().catch(() => refuse(0)); // the browser's own print command
  });
  window.addEventListener("afterprint", () => {
    recorded = false;
  });

  // a form is sent once: a second click while the first is under way does nothing
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });

  // [data-progress="/…"]: what a form began is under way in another window; the page says how far it is
  const follow = async (form) => {
    const answer = await fetch(form.dataset.progress, { redirect: "error" }).catch(() => null);
    if (answer !== null && answer.ok) {
      const told = await answer.json();
      form.querySelector("[data-said]").textContent = told.words;
      if (told.ended) {
        location.reload();
        return;
      }
    }
    setTimeout(follow, 2000, form);
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const elsewhere = form.target === "_blank" || event.submitter?.formTarget === "_blank";
    if (elsewhere && form.dataset.progress) setTimeout(follow, 1000, form);
  });

  // [data-reload="2"]: what the page shows is under way; it looks again after so many seconds
  const underWay = document.querySelector("[data-reload]");
  if (underWay instanceof HTMLElement) setTimeout(() => location.reload(), Number(underWay.dataset.reload) * 1000);

  const wrong = document.querySelector("[aria-invalid], .wrong input");
  if (wrong instanceof HTMLElement) wrong.focus();
  document.documentElement.dataset.ready = "1";
})();
