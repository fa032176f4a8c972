// Return page: takes the code out of the address before anything else, then presents it by POST.
"use strict";

const code = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

if (/^[A-Za-z0-9_-]{43}$/.test(code)) {
  const form = document.getElementById("present");
  document.getElementById("working").hidden = false;
  form.elements.code.value = code;
  form.submit();
  form.elements.code.value = "";
} else {
  document.getElementById("no-code").hidden = false;
}
