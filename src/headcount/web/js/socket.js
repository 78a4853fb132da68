// The window's one WebSocket: opened, watched, closed when the page goes, and opened again.
//
// Browsers do not tell a page of pings, so a network that has gone silent is noticed by asking:
// after some seconds without a frame one is sent that the server always answers.

import { pause } from "./backoff.js";

const QUIET = 15_000;
const ANSWER = 5_000;
const OPENING = 8_000;
/** Close codes after which coming back by oneself would be wrong (see the server's list). */
const FINAL = { 1008: "cut", 4001: "out", 4003: "refused", 4004: "replaced" };

export class Socket {
  #url;
  #on;
  #socket = null;
  #wanted = false;
  #failures = 0;
  #timer = null;
  #watch = null;
  #advised = null;

  /** `on` has opened(), received(frame), closed(why), waiting(at); `url` is the address. */
  constructor(url, on) {
    this.#url = url;
    this.#on = on;
    addEventListener("pagehide", () => this.#suspend());
    addEventListener("beforeunload", () => {
      this.#suspend();
      // Where the page stays after all, nothing else would bring it back.
      setTimeout(() => this.#resume(), 1500);
    });
    addEventListener("pageshow", () => this.#resume());
    document.addEventListener("freeze", () => this.#suspend());
    document.addEventListener("resume", () => this.#resume());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#wake();
    });
    addEventListener("online", () => this.#wake());
  }

  /** Open it, and keep it open. */
  open() {
    this.#wanted = true;
    this.#failures = 0;
    this.#resume();
  }

  /** Close it, for good. */
  close() {
    this.#wanted = false;
    this.#suspend();
  }

  /** Send a frame; return whether it was taken. */
  send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Note that one is welcome: the next loss is a first one. */
  welcomed() {
    this.#failures = 0;
  }

  /** Come back after so many seconds, once, as the server has asked. */
  advised(seconds) {
    this.#advised = seconds;
  }

  #suspend() {
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.close(1000);
    this.#on.closed("closed");
  }

  #resume() {
    clearTimeout(this.#timer);
    if (!this.#wanted || this.#socket) return;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#arm(socket, OPENING);
    socket.onopen = () => this.#heard(socket);
    socket.onmessage = (event) => this.#received(socket, event.data);
    socket.onclose = (event) => this.#lost(socket, event.code);
    this.#on.opening();
  }

  #wake() {
    if (this.#wanted && !this.#socket) this.#resume();
    else if (this.#socket?.readyState === WebSocket.OPEN) this.#ask(this.#socket);
  }

  #heard(socket) {
    if (socket !== this.#socket) return;
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#ask(socket), QUIET);
  }

  /** Send what is always answered, and give the answer some seconds. */
  #ask(socket) {
    if (socket !== this.#socket) return;
    this.send({ type: "auth" });
    this.#arm(socket, ANSWER);
  }

  #arm(socket, milliseconds) {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      if (socket !== this.#socket) return;
      socket.close();
      this.#lost(socket, 1006);
    }, milliseconds);
  }

  #received(socket, data) {
    if (socket !== this.#socket) return;
    this.#heard(socket);
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (frame && typeof frame.type === "string") this.#on.received(frame);
  }

  #lost(socket, code) {
    if (socket !== this.#socket) return;
    clearTimeout(this.#watch);
    this.#socket = null;
    if (FINAL[code]) {
      this.#wanted = false;
      this.#on.closed(FINAL[code]);
      return;
    }
    const seconds = this.#advised ?? pause(this.#failures, Math.random());
    this.#advised = null;
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#resume(), seconds * 1000);
    this.#on.closed("lost");
    this.#on.waiting(Date.now() + seconds * 1000);
  }
}
