// Keyboard and print: "/" goes to the search field, [data-print] prints. No page needs this script to work.
(() => {
  "use strict";
  const typing = (element) =>
    element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const search = document.querySelector('input[type="search"], [data-search]');
    if (search === null) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-print]")) window.print();
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

  const wrong = document.querySelector("[aria-invalid], .wrong input");
  if (wrong instanceof HTMLElement) wrong.focus();
  document.documentElement.dataset.ready = "1";
})();
