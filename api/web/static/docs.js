// Sends what the forms of the page say, with the key that is written at its top, and shows the answer.
"use strict";

const key = document.getElementById("key");

function addressed(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  for (const field of form.querySelectorAll("input")) {
    if (field.dataset.in === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(field.value));
    if (field.dataset.in === "query" && field.value) query.set(field.name, field.value);
  }
  return query.size ? `${path}?${query}` : path;
}

function headers(form) {
  const given = {};
  if (key.value) given.Authorization = `Bearer ${key.value}`;
  if (form.elements.body) given["Content-Type"] = "application/json";
  for (const field of form.querySelectorAll("input")) {
    if (field.dataset.in === "header" && field.value) given[field.name] = field.value;
  }
  return given;
}

function shown(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function send(form) {
  const began = performance.now();
  const asked = { method: form.dataset.method, headers: headers(form), body: form.elements.body?.value };
  const answer = await fetch(addressed(form), asked);
  const text = await answer.text();
  const took = Math.round(performance.now() - began);
  return `${answer.status} ${answer.statusText} (${took} ms)\n\n${shown(text)}`;
}

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!event.target.matches(".try")) return;
  const place = event.target.querySelector("output");
  place.textContent = "…";
  try {
    place.textContent = await send(event.target);
  } catch (error) {
    place.textContent = `The server was not reached: ${error.message}`;
  }
});

function open() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named?.tagName === "DETAILS") named.open = true;
}

for (const one of document.querySelectorAll(".try, .key")) one.hidden = false;
addEventListener("hashchange", open);
open();
