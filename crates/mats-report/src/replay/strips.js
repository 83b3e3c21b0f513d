// Strips along the time, all with the same scale and one cursor.

const KINDS = ["flows", "events", "logins", "changes", "indicators"];
const SEVERITIES = ["info", "low", "medium", "high"];
// Which row an action stands in: looking closer, blocking, treating, cutting off.
const ROWS = { alert_analyst: 0, run_scan: 0, block_ip: 1, block_domain: 1, disable_account: 1, reset_credentials: 1, kill_process: 2, patch_host: 2, reimage_host: 2, deploy_decoy: 2, isolate_host: 3, release: 3 };

class Strips {
  constructor(side, index, jump, select) {
    Object.assign(this, { side, index, jump, select, cursors: [], width: 0 });
    this.root = el("div", { class: "strips" });
  }

  draw(width) {
    if (width === this.width) return;
    this.width = width;
    this.cursors = [];
    this.root.replaceChildren(this.attack(), this.telemetry(), this.alerts(), this.decisions(), this.costs(), this.axis());
  }

  x(t) {
    return 2 + (Math.min(t, HORIZON) / HORIZON) * (this.width - 4);
  }

  /** A strip with its caption; `legend` is pairs of class and text. */
  strip(name, height, legend, content) {
    const cursor = svg("path", { class: "cursor", d: `M0 0V${height}` });
    this.cursors.push(cursor);
    const root = svg("svg", { class: "strip", width: this.width, height, viewBox: `0 0 ${this.width} ${height}`, role: "img", "aria-label": name + " over time" });
    for (let hour = 1; hour * 60 * MINUTE < HORIZON; hour++) root.append(svg("path", { class: "grid", d: `M${this.x(hour * 60 * MINUTE)} 0V${height}` }));
    root.append(...content, cursor);
    const go = (event) => {
      const box = root.getBoundingClientRect();
      this.jump(((event.clientX - box.left - 2) / (box.width - 4)) * HORIZON);
    };
    root.addEventListener("pointerdown", (event) => {
      root.setPointerCapture(event.pointerId);
      go(event);
    });
    root.addEventListener("pointermove", (event) => (event.buttons ? go(event) : null));
    const keys = legend.map(([kind, text]) => el("span", {}, svg("svg", { class: "key", width: 12, height: 12, "aria-hidden": "true" }, ...kind()), text));
    return el("figure", {}, el("figcaption", {}, el("b", {}, name), ...keys), root);
  }

  attack() {
    const lane = 18;
    const { campaigns } = this.side;
    const base = campaigns.length * lane;
    const content = [];
    campaigns.forEach((campaign, c) => {
      content.push(svg("path", { class: "lane", d: `M${this.x(campaign.onset)} ${c * lane + 9}H${this.x(campaign.ended)}` }));
      for (const tried of campaign.tried) {
        const from = this.x(tried.begun);
        const w = Math.max(2.5, this.x(tried.ended ?? HORIZON) - from);
        const step = stepOf(this.side, c, tried.step);
        content.push(svg("rect", { class: "try " + tried.how.replace(" ", "-"), x: from, y: c * lane + 3, width: w, height: 12 }, svg("title", {}, `${step.id}: ${technique(step.technique)} on ${host(tried.target)}, ${tried.how}`)));
      }
    });
    // How many machines are held in truth, and how many are isolated.
    const changes = [];
    for (const hold of this.side.holds) changes.push([hold.from, 1, 0], [hold.until, -1, 0]);
    this.side.beliefsOf.forEach((all) => {
      let before = false;
      for (const belief of all) {
        if (belief.isolated !== before) changes.push([belief.t, 0, belief.isolated ? 1 : -1]);
        before = belief.isolated;
      }
    });
    changes.sort((a, b) => a[0] - b[0]);
    let [held, cutOff] = [0, 0];
    const steps = changes.map(([t, h, i]) => [t, (held += h), (cutOff += i)]);
    const top = Math.max(2, ...steps.map((s) => Math.max(s[1], s[2])));
    const height = 34;
    const line = (column) => {
      const y = (n) => base + 4 + height * (1 - n / top);
      return `M${this.x(0)} ${y(0)}` + steps.map((s) => `H${this.x(s[0])}V${y(s[column])}`).join("") + `H${this.x(HORIZON)}`;
    };
    content.push(svg("path", { class: "held-line", d: line(1) }), svg("path", { class: "cut-line", d: line(2) }));
    const box = (kind) => () => [svg("rect", { class: "try " + kind, x: 1, y: 1, width: 10, height: 10 })];
    const stroke = (kind) => () => [svg("path", { class: kind, d: "M0 6H12" })];
    return this.strip("Attack", base + height + 8, [[box("succeeded"), "succeeded"], [box("failed"), "failed"], [box("hindered"), "defender in the way"], [stroke("held-line"), `machines held (of ${top})`], [stroke("cut-line"), "isolated"]], content);
  }

  telemetry() {
    const minutes = this.side.telemetry[0].length;
    const per = Math.max(1, Math.ceil((minutes * 3) / this.width));
    const bins = [];
    for (let m = 0; m < minutes; m += per) bins.push(this.side.telemetry.map((kind) => kind.slice(m, m + per).reduce((a, b) => a + b, 0) / Math.min(per, minutes - m)));
    const top = Math.max(1, ...bins.map((b) => b.reduce((a, c) => a + c, 0)));
    const height = 46;
    const content = KINDS.map((_, k) => {
      let d = "";
      bins.forEach((bin, i) => {
        const below = bin.slice(0, k).reduce((a, c) => a + c, 0);
        if (!bin[k]) return;
        const [x0, x1] = [this.x(i * per * MINUTE), this.x((i + 1) * per * MINUTE)];
        const y = (n) => (height - (n / top) * (height - 4)).toFixed(1);
        d += `M${x0.toFixed(1)} ${y(below)}V${y(below + bin[k])}H${x1.toFixed(1)}V${y(below)}Z`;
      });
      return svg("path", { class: "k" + k, d });
    });
    const box = (k) => () => [svg("rect", { class: "k" + k, x: 1, y: 1, width: 10, height: 10 })];
    return this.strip("Telemetry", height, [...KINDS.map((name, k) => [box(k), name]), [() => [], `up to ${Math.round(top)} a minute`]], content);
  }

  alerts() {
    const content = this.side.alerts.map((alert, at) => {
      const y = 44 - 16 * Math.max(0, SEVERITIES.indexOf(alert.threat.severity) - 1);
      const mark = triangle(this.x(alert.threat.t), y, alert.guilty);
      mark.append(svg("title", {}, `${clock(alert.threat.t, true)} ${host(alert.threat.host)}: ${alert.threat.severity} ${alert.threat.kind}`));
      mark.addEventListener("pointerdown", (event) => this.pick(event, "alert", at));
      return mark;
    });
    return this.strip("Alerts", 46, [[() => [triangle(6, 11, true)], "true"], [() => [triangle(6, 11, false)], "false"], [() => [], "higher is more severe"]], content);
  }

  pick(event, kind, at) {
    event.stopPropagation();
    this.select({ side: this.index, kind, at });
  }

  decisions() {
    const content = this.side.decisions.map((decision, at) => {
      const name = setting.actions[decision.executed];
      const mark = decisionMark(name, this.x(decision.t), name === "monitor" ? 56 : 46 - 12 * ROWS[name]);
      mark.append(svg("title", {}, `${clock(decision.t, true)} ${host(decision.threat.host)}: ${action(decision.executed)}`));
      mark.addEventListener("pointerdown", (event) => this.pick(event, "decision", at));
      return mark;
    });
    const key = (name) => () => [decisionMark(name, 6, 6)];
    return this.strip("Decisions", 60, [[key("isolate_host"), "isolate"], [key("release"), "release"], [key("kill_process"), "kill, rebuild, patch, decoy"], [key("block_ip"), "block, disable, reset"], [key("run_scan"), "scan, analyst"], [key("monitor"), "monitor"]], content);
  }

  costs() {
    const { costs } = this.side;
    const last = costs.length ? costs[costs.length - 1].slice(1) : [0, 0, 0];
    const top = Math.max(1, ...costs.flatMap((c) => c.slice(1)));
    const height = 46;
    const y = (n) => (height - 2 - (n / top) * (height - 6)).toFixed(1);
    const content = [0, 1, 2].map((k) => {
      let d = `M${this.x(0)} ${y(0)}`;
      for (const c of costs) d += `L${this.x(c[0]).toFixed(1)} ${y(c[k + 1])}`;
      return svg("path", { class: "cost" + k, d: d + `H${this.x(HORIZON)}` });
    });
    const names = ["damage", "disruption", "actions"];
    const key = (k) => () => [svg("path", { class: "cost" + k, d: "M0 6H12" })];
    return this.strip("Costs", height, names.map((name, k) => [key(k), `${name} ${last[k].toFixed(1)}`]), content);
  }

  axis() {
    const root = svg("svg", { class: "strip axis", width: this.width, height: 16, "aria-hidden": "true" });
    const hours = HORIZON / 60 / MINUTE;
    const every = Math.max(1, Math.ceil((hours * 52) / this.width));
    for (let hour = 0; hour <= hours; hour += every) {
      const x = this.x(hour * 60 * MINUTE);
      const anchor = hour === 0 ? "start" : x > this.width - 20 ? "end" : "middle";
      root.append(svg("text", { x, y: 12, "text-anchor": anchor }, clock(hour * 60 * MINUTE)));
    }
    return root;
  }

  show(t) {
    for (const cursor of this.cursors) cursor.setAttribute("transform", `translate(${this.x(t)} 0)`);
  }
}

function triangle(x, y, full) {
  return svg("path", { class: full ? "alert true" : "alert false", d: `M${x} ${y - 10}L${x + 5} ${y}H${x - 5}Z` });
}
function decisionMark(name, x, y) {
  const row = ROWS[name];
  if (row === undefined) return svg("path", { class: "d monitor", d: `M${x} ${y - 3}V${y + 3}` });
  const kind = { class: "d d" + row + (name === "release" ? " hollow" : "") };
  if (row === 0) return svg("circle", { ...kind, cx: x, cy: y, r: 4 });
  if (row === 1) return svg("path", { ...kind, d: `M${x} ${y - 5}L${x + 5} ${y}L${x} ${y + 5}L${x - 5} ${y}Z` });
  if (row === 2) return svg("rect", { ...kind, x: x - 4, y: y - 4, width: 8, height: 8 });
  return svg("path", { ...kind, d: `M${x - 5} ${y + 5}L${x} ${y - 5}L${x + 5} ${y + 5}Z` });
}
