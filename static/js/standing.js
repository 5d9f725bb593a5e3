/* The little the pages need beside htmx: search keys, theme, confirmation, row links, selection, upload progress,
   messages. Everything is driven by data attributes; pages work without it, only less comfortably. */
(function () {
  "use strict";

  document.documentElement.classList.add("js");

  const one = (selector, root) => (root || document).querySelector(selector);
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));

  // --- theme: light, dark or as the system, kept in a cookie the server reads -----------------------------
  function setTheme(choice) {
    const root = document.documentElement;
    root.dataset.themeChoice = choice;
    if (choice === "auto") {
      root.removeAttribute("data-bs-theme");
    } else {
      root.setAttribute("data-bs-theme", choice);
    }
    const year = choice === "auto" ? 0 : 31536000;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = "theme=" + choice + "; Path=/; Max-Age=" + year + "; SameSite=Lax" + secure;
  }

  // --- messages -------------------------------------------------------------------------------------------
  function announce(text) {
    const place = one("#announcer");
    if (!place) return;
    place.textContent = "";
    setTimeout(() => { place.textContent = text; }, 60);
  }

  function toast(text, colour) {
    const place = one("#toasts");
    if (!place || !text) return;
    const box = document.createElement("div");
    box.className = "st-alert st-" + (colour || "info");
    const body = document.createElement("div");
    body.className = "st-alert-body";
    body.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn-close";
    close.dataset.dismiss = "";
    close.setAttribute("aria-label", "Dismiss this message");
    box.append(body, close);
    place.append(box);
    if (colour !== "bad" && colour !== "warn") setTimeout(() => box.remove(), 8000);
  }

  // --- confirmation ---------------------------------------------------------------------------------------
  function ask(source, proceed) {
    const dialog = one("#confirm-dialog");
    if (!dialog || !dialog.showModal) {
      proceed();
      return;
    }
    one("#confirm-question").textContent = source.dataset.confirm;
    one("#confirm-text").textContent = source.dataset.confirmText || "";
    const go = one("[data-confirm-go]", dialog);
    go.textContent = source.dataset.confirmLabel || source.textContent.trim() || "Continue";
    go.classList.toggle("btn-danger", source.dataset.confirmKind === "danger");
    go.classList.toggle("btn-primary", source.dataset.confirmKind !== "danger");
    dialog.returnValue = "cancel";
    dialog.addEventListener("close", function () {
      if (dialog.returnValue === "go") proceed();
      else source.focus();
    }, { once: true });
    dialog.showModal();
  }

  document.addEventListener("click", function (event) {
    const source = event.target.closest("[data-confirm]");
    if (!source || source.dataset.confirmed === "yes") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(source, function () {
      source.dataset.confirmed = "yes";
      source.click();
      delete source.dataset.confirmed;
    });
  }, true);

  // --- clicks ---------------------------------------------------------------------------------------------
  document.addEventListener("click", function (event) {
    const theme = event.target.closest("[data-theme-set]");
    if (theme) setTheme(theme.dataset.themeSet);

    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest(".st-alert").remove();

    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a, button, input, label, select, summary") && !String(getSelection())) {
      const link = one("a.row-link", row);
      if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
      else if (link) link.click();
      else location.assign(row.dataset.href);
    }
  });

  // --- selection of rows ----------------------------------------------------------------------------------
  function countSelected() {
    const bar = one("[data-bulk]");
    if (!bar) return;
    const boxes = all("input[name='selected']");
    const chosen = boxes.filter((box) => box.checked).length;
    one("[data-bulk-count]", bar).textContent = String(chosen);
    bar.classList.toggle("bulk-active", chosen > 0);
    all("[data-bulk-button]", bar).forEach((button) => { button.disabled = chosen === 0; });
    const whole = one("[data-select-all]");
    if (whole) {
      whole.checked = chosen > 0 && chosen === boxes.length;
      whole.indeterminate = chosen > 0 && chosen < boxes.length;
    }
  }

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-select-all]")) {
      all("input[name='selected']").forEach((box) => { box.checked = event.target.checked; });
      countSelected();
    } else if (event.target.matches("input[name='selected']")) {
      countSelected();
    } else if (event.target.matches("input[type='file'][data-max-bytes]")) {
      const limit = Number(event.target.dataset.maxBytes);
      const large = Array.from(event.target.files).find((file) => file.size > limit);
      event.target.setCustomValidity(large ? "This file is larger than " + Math.floor(limit / 1048576) + " MB." : "");
      if (large) event.target.reportValidity();
    }
  });

  // --- search ---------------------------------------------------------------------------------------------
  const searchInput = () => one("#global-search-input");
  const searchResults = () => one("#global-search-results");

  function showResults(shown) {
    const input = searchInput();
    const box = searchResults();
    if (!input || !box) return;
    box.hidden = !shown || !box.textContent.trim();
    input.setAttribute("aria-expanded", String(!box.hidden));
    if (box.hidden) select(null);
  }

  function select(option) {
    all("[role='option']", searchResults()).forEach((each) => each.setAttribute("aria-selected", String(each === option)));
    if (option) {
      searchInput().setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      searchInput().removeAttribute("aria-activedescendant");
    }
  }

  function searchKey(event) {
    const options = all("[role='option']", searchResults());
    const here = options.findIndex((each) => each.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!options.length) return;
      event.preventDefault();
      showResults(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      select(options[(here + step + options.length) % options.length] || options[0]);
    } else if (event.key === "Enter" && here >= 0) {
      event.preventDefault();
      options[here].click();
    } else if (event.key === "Escape") {
      if (searchResults().hidden) event.target.blur();
      else showResults(false);
    }
  }

  document.addEventListener("keydown", function (event) {
    if (event.target === searchInput()) {
      searchKey(event);
      return;
    }
    const typing = event.target.closest("input, textarea, select, [contenteditable], dialog");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && searchInput()) {
      event.preventDefault();
      searchInput().focus();
      searchInput().select();
    }
  });
  document.addEventListener("focusin", function (event) {
    if (event.target === searchInput()) showResults(true);
    else if (!event.target.closest(".global-search")) showResults(false);
  });
  document.addEventListener("click", function (event) {
    if (!event.target.closest(".global-search")) showResults(false);
  });

  // --- htmx -----------------------------------------------------------------------------------------------
  document.addEventListener("htmx:afterSwap", function (event) {
    // What was swapped as a whole is no longer in the document; its successor has the same id.
    const old = event.detail.target;
    const target = (old.id && document.getElementById(old.id)) || old;
    if (target.id === "global-search-results") showResults(document.activeElement === searchInput());
    const spoken = target.matches("[data-announce]") ? target : one("[data-announce]", target);
    if (spoken) announce(spoken.dataset.announce);
    // The link that was followed may be gone (the page one is on): keep the keyboard's place at the list.
    if (target.id === "list" && document.activeElement === document.body) target.focus({ preventScroll: true });
    prepare();
  });
  document.addEventListener("htmx:beforeSwap", function (event) {
    // What is typed stays while others work on the page and when it was refused; once it is done the form is
    // the server's again, empty, or the same thing would be sent twice.
    const sent = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (event.detail.xhr.status !== 200 || !sent || !sent.matches("form")) return;
    const kept = [sent.closest("[hx-preserve]")].concat(all("[hx-preserve]", sent));
    kept.forEach((each) => { if (each) each.removeAttribute("id"); });
  });
  document.addEventListener("htmx:configRequest", function (event) {
    // Filters that say nothing stay out of the address, so that it can be read and shared.
    const form = event.target.closest("#filters");
    if (!form || !event.detail.formData) return;
    for (const [name, value] of Array.from(event.detail.formData.entries())) {
      if (value === "") event.detail.formData.delete(name);
    }
  });
  document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.colour));
  document.addEventListener("htmx:responseError", function (event) {
    // A refusal brings its own sentence.
    if (event.detail.xhr.getResponseHeader("HX-Trigger")) return;
    const status = event.detail.xhr.status;
    if ((event.detail.xhr.getResponseHeader("HX-Trigger") || "").includes("toast")) return; // already told
    const told = { 403: "You may not do this.", 404: "This is not there any more.", 429: "Too many requests; wait a moment." };
    toast(told[status] || "This did not work. Nothing was changed; try again, or reload the page.", "bad");
  });
  // A passkey that was cancelled or did not fit: allauth only writes it to the console.
  document.addEventListener("allauth.error", function (event) {
    event.preventDefault();
    toast("The passkey or key was not accepted, or the question was closed. Try again, or use another way.", "warn");
  });
  document.addEventListener("htmx:sendError", () => toast("No connection to the server. Nothing was changed.", "bad"));

  // --- uploads --------------------------------------------------------------------------------------------
  function uploadProgress(form, part) {
    const box = one("[data-upload-progress]", form);
    if (!box) return;
    box.hidden = false;
    const bar = one("progress", box);
    if (part === null || part >= 1) {
      bar.removeAttribute("value");
      one("[data-upload-text]", box).textContent = part === null ? "Uploading" : "Checking the file";
    } else {
      bar.value = Math.round(part * 100);
      one("[data-upload-text]", box).textContent = "Uploading, " + Math.round(part * 100) + " %";
    }
  }
  document.addEventListener("htmx:xhr:progress", function (event) {
    const form = event.target.closest("form[data-upload]");
    if (form && event.detail.lengthComputable) uploadProgress(form, event.detail.loaded / event.detail.total);
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    const form = event.target.closest("form[data-upload]");
    const box = form && one("[data-upload-progress]", form);
    if (box) box.hidden = true;
  });
  document.addEventListener("submit", function (event) {
    if (event.target.matches("form[data-upload]")) uploadProgress(event.target, null);
  });

  // --- on every page and after every swap -----------------------------------------------------------------
  function prepare() {
    const first = one("[data-focus]");
    if (first && !first.dataset.focused) {
      first.dataset.focused = "yes";
      first.focus();
    }
    countSelected();
    // Filters start folded on a phone: there the list is what one came for.
    const filters = one("details.filter-bar");
    if (filters && !filters.dataset.prepared) {
      filters.dataset.prepared = "yes";
      if (matchMedia("(max-width: 991.98px)").matches) filters.open = false;
    }
  }
  prepare();
  window.addEventListener("beforeprint", () => all("details").forEach((each) => { each.open = true; }));
})();
