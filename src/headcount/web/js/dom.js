// Elements, made without markup: what comes from people only ever becomes text.

const SVG = "http://www.w3.org/2000/svg";

/** Return a new element. `on…` properties are listeners; null, undefined and false are left out. */
export function h(tag, properties = {}, ...children) {
  return furnish(document.createElement(tag), properties, children);
}

/** Return a new SVG element. */
export function svg(tag, properties = {}, ...children) {
  return furnish(document.createElementNS(SVG, tag), properties, children);
}

function furnish(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "disabled" || name === "hidden") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Set an element's text, if it is another: screen readers repeat what is set again. */
export function say(element, text) {
  const wanted = String(text ?? "");
  if (element.textContent !== wanted) element.textContent = wanted;
}

const PAUSE = 3000;

/**
 * Return a function that says a text in an element that is read aloud: the first at once, then
 * the latest every few seconds, so that a crowd that comes is not heard one by one.
 */
export function calmly(element) {
  let latest = "";
  let timer = null;
  const speak = () => {
    timer = element.textContent === latest ? null : setTimeout(speak, PAUSE);
    say(element, latest);
  };
  return (text) => {
    latest = String(text);
    if (timer === null || latest === "") speak();
  };
}

/** Set an attribute, or remove it where the value is null, undefined or false. */
export function mark(element, name, value) {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

/** Show an element or not. */
export function show(element, shown) {
  if (element.hidden === Boolean(shown)) element.hidden = !shown;
}

/**
 * Make an element's children those of a list: kept, moved, made and removed by key.
 *
 * `make(item)` returns a new child; `update(child, item, index)` brings any child up to date.
 */
export function list(parent, items, key, make, update = () => {}) {
  const old = new Map();
  for (const child of [...parent.children]) old.set(child.dataset.key, child);
  const taken = new Set();
  let next = parent.firstElementChild;
  items.forEach((item, index) => {
    let name = String(key(item));
    // Others decide about some keys, and may have given one twice.
    while (taken.has(name)) name += "+";
    taken.add(name);
    let child = old.get(name);
    old.delete(name);
    if (!child) {
      child = make(item);
      child.dataset.key = name;
    }
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
    update(child, item, index);
  });
  for (const child of old.values()) child.remove();
}

/** Return a function that runs `work` once, soon, however often it is called until then. */
export function soon(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    // Not an animation frame: those stand still in a window that is not seen.
    setTimeout(() => {
      asked = false;
      work();
    });
  };
}
