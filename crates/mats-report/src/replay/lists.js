// Alerts, decisions and attack steps as lists; what lies ahead of the slider is dimmed.

class Lists {
  constructor(side, index, select) {
    Object.assign(this, { side, index, select });
    this.all = false;
    const tabs = [["alert", "Alerts", side.alerts.length], ["decision", "Decisions", side.decisions.length], ["step", "Attack steps", side.steps.length]];
    this.tabs = tabs.map(([kind, name, count]) => el("button", { type: "button", role: "tab", onclick: () => this.turn(kind) }, `${name} (${count})`));
    this.kinds = tabs.map((tab) => tab[0]);
    const box = el("input", { type: "checkbox", onchange: () => { this.all = box.checked; this.turn(this.kind); } });
    this.option = el("label", { class: "option" }, box, "also monitor, which is waiting");
    this.body = el("div", { class: "list", role: "tabpanel" });
    this.root = el("div", { class: "lists" }, el("div", { class: "tabs", role: "tablist" }, this.tabs), this.option, this.body);
    this.turn("alert");
  }

  turn(kind) {
    this.kind = kind;
    this.kinds.forEach((k, i) => this.tabs[i].setAttribute("aria-selected", k === kind));
    this.option.hidden = kind !== "decision";
    this.rows = this.entries(kind);
    this.past = 0;
    const empty = { alert: "No alert was raised.", decision: "No decision but waiting was taken.", step: "Nobody attacked." };
    this.body.replaceChildren(...(this.rows.length ? this.rows.map((r) => r.node) : [el("p", { class: "dim" }, empty[kind])]));
    this.show(this.t || 0, this.chosen);
  }

  entries(kind) {
    const rows = [];
    const add = (at, t, ...cells) => {
      const node = el("button", { type: "button", class: "entry ahead", onclick: () => this.select({ side: this.index, kind, at }) }, el("span", { class: "when" }, clock(t, true)), cells);
      rows.push({ at, t, node });
    };
    if (kind === "alert") {
      this.side.alerts.forEach(({ threat, guilty }, at) => {
        const feature = threat.features.length ? setting.features[threat.features[0][0]].name : "";
        add(at, threat.t, svg("svg", { class: "key", width: 12, height: 12, role: "img", "aria-label": guilty ? "true" : "false" }, triangle(6, 11, guilty)), el("b", {}, host(threat.host)), ` ${threat.severity} ${threat.kind} ${threat.confidence.toFixed(2)} `, el("small", {}, feature));
      });
    } else if (kind === "decision") {
      this.side.decisions.forEach((d, at) => {
        if (!this.all && d.executed === 0) return;
        const end = d.results.length ? d.results[d.results.length - 1] : null;
        const came = end ? (end.done ? end.finding || "done" : "failed") : "";
        add(at, d.t, svg("svg", { class: "key", width: 12, height: 12, "aria-hidden": "true" }, decisionMark(setting.actions[d.executed], 6, 6)), el("b", {}, host(d.threat.host)), ` ${action(d.executed)} `, el("small", {}, came));
      });
    } else {
      this.side.steps.forEach((s, at) => {
        const step = stepOf(this.side, s.campaign, s.step);
        add(at, s.begun, el("b", {}, host(s.target)), ` ${step.id} `, el("small", {}, `${s.how}, ${step.technique}`));
      });
    }
    return rows;
  }

  show(t, chosen) {
    this.t = t;
    this.chosen = chosen;
    const past = lastUpTo(this.rows, t, (r) => r.t) + 1;
    for (let i = Math.min(past, this.past); i < Math.max(past, this.past); i++) this.rows[i].node.classList.toggle("ahead", i >= past);
    this.past = past;
    const marked = chosen && chosen.kind === this.kind ? this.rows.find((r) => r.at === chosen.at) : null;
    if (marked !== this.marked) {
      if (this.marked) this.marked.node.removeAttribute("aria-current");
      if (marked) marked.node.setAttribute("aria-current", "true");
      this.marked = marked;
    }
    const near = marked || this.rows[past - 1];
    if (near && near !== this.near) {
      this.near = near;
      this.body.scrollTop = near.node.offsetTop - this.body.clientHeight / 2;
    }
  }
}
