// Something short to tell, for a few seconds.

import { h, mark, say, show } from "../dom.js";
import { problem, t } from "../texts.js";
import { iconButton } from "./parts.js";

const LASTING = 7000;

export function noticeView({ store }) {
  const text = h("span");
  const box = h(
    "div",
    { class: "notice" },
    text,
    iconButton("close", t("close"), { onclick: dismiss }),
  );
  const root = h("div", { class: "notices", role: "status" }, box);
  box.hidden = true;
  let told = null;
  let timer = null;

  function dismiss() {
    store.change((state) => (state.notice = null));
  }

  function render(state) {
    const { notice } = state;
    if (notice === told) return;
    told = notice;
    clearTimeout(timer);
    show(box, notice);
    say(text, notice ? problem(notice.code, notice.message) : "");
    mark(box, "data-kind", notice?.kind);
    if (notice) timer = setTimeout(dismiss, LASTING);
  }

  return { root, render };
}
