"use strict";
for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const code = button.parentElement.parentElement.querySelector("code");
    const source = button.classList.contains("request") ? code.querySelector(".json") : code;
    getSelection().selectAllChildren(source);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Selected: copy it now";
    }
  });
}
for (const cases of document.querySelectorAll(".cases")) {
  const filter = cases.querySelector(".filter");
  const rows = [...cases.querySelectorAll("tbody.case")];
  const shown = filter.querySelector("output");
  filter.hidden = false;
  filter.querySelector("input").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    shown.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
  });
}
addEventListener("beforeprint", () => {
  for (const section of document.querySelectorAll(".part > details")) section.open = true;
});
