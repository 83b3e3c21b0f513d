"use strict";
// The data, and the few helpers that everything else uses. Texts from the data only ever become text nodes.

const data = JSON.parse(document.getElementById("data").textContent);
const setting = data.setting;
const HORIZON = setting.horizon;
const SVG = "http://www.w3.org/2000/svg";
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MINUTE = 60000;

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}
/** An HTML element with attributes and children; children that are no elements become text. */
function el(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}
/** The same for SVG. */
function svg(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}
const two = (n) => String(n).padStart(2, "0");
function clock(t, seconds) {
  const s = setting.start_of_day + Math.floor(t / 1000);
  const day = HORIZON > 86400000 - setting.start_of_day * 1000 ? DAYS[(setting.weekday + Math.floor(s / 86400)) % 7] + " " : "";
  const time = two(Math.floor(s / 3600) % 24) + ":" + two(Math.floor(s / 60) % 60);
  return day + time + (seconds ? ":" + two(s % 60) : "");
}
const host = (h) => (setting.hosts[h] ? setting.hosts[h].name : "host " + h);
const action = (a) => setting.actions[a].replaceAll("_", " ");
const stepOf = (side, campaign, step) => setting.attacks[side.campaigns[campaign].attack].steps[step];
function technique(id) {
  const name = setting.techniques[id] || setting.techniques[id.split(".")[0]];
  return name ? id + " " + name : id;
}
/** The position of the last of `list`, sorted by `key`, that is not after `t`; -1 if none. */
function lastUpTo(list, t, key) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(list[middle]) <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
/** A name that is too long loses its middle. */
function cut(name, most) {
  const letters = Array.from(name);
  if (letters.length <= most) return name;
  const end = Math.floor((most - 1) / 2);
  return letters.slice(0, most - 1 - end).join("") + "…" + letters.slice(letters.length - end).join("");
}
