// What is behind an alert, a decision, an attack step or a machine.

const MODELS = { anomaly: "isolation forest", forest: "random forest", sequence: "LSTM", indicator: "indicator match" };
const EVIDENCE = ["isolation forest", "random forest", "LSTM", "indicators"];
const LETTERS = ["a", "b", "c"];

const row = (name, ...value) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, ...value));
function facts(rows) {
  return el("table", { class: "facts" }, el("tbody", {}, rows.filter(Boolean)));
}
/** A button that leads somewhere else on the page. */
function link(text, go) {
  return el("button", { type: "button", class: "link", onclick: go }, text);
}
function bar(value, most) {
  const meter = el("span", { class: "meter", "aria-hidden": "true" }, el("i", {}));
  meter.firstChild.style.width = `${Math.max(0, Math.min(1, most ? value / most : 0)) * 100}%`;
  return meter;
}

function detailsOf(side, chosen, select) {
  if (chosen.kind === "alert") return alertDetails(side, chosen, select);
  if (chosen.kind === "decision") return decisionDetails(side, chosen, select);
  if (chosen.kind === "step") return stepDetails(side, chosen, select);
  return hostDetails(side, chosen, select);
}

function threatFacts(side, threat, select, where) {
  const seen = [["account", threat.user], ["address", threat.address], ["domain", threat.domain], ["program", threat.image]];
  return [
    row("machine", link(host(threat.host), () => select({ side: where, kind: "host", at: threat.host })), ` (${setting.hosts[threat.host].role})`),
    row("threat", `${threat.severity} ${threat.kind}, confidence ${threat.confidence.toFixed(2)}, ${threat.news}`),
    row("first seen", clock(threat.first_seen, true)),
    ...seen.filter(([, value]) => value).map(([name, value]) => row(name, value)),
  ];
}
function why(threat) {
  if (!threat.model) return [el("p", {}, "The truth was told here: no model spoke.")];
  const most = Math.max(0.001, ...threat.features.map((f) => f[1]));
  return [
    el("p", {}, `What raised it most: the ${MODELS[threat.model]}.`),
    el("table", { class: "bars" }, threat.features.map(([f, weight], i) => {
      const feature = setting.features[f];
      return el("tr", { title: feature.unit }, el("th", { scope: "row" }, el("span", { class: "tag" }, LETTERS[i]), feature.name), el("td", {}, bar(weight, most)), el("td", { class: "n" }, "+" + weight.toFixed(2)), el("td", { class: "wrap" }, feature.about));
    })),
    el("table", { class: "bars" }, EVIDENCE.map((name, i) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, bar(threat.evidence[i], 1)), el("td", { class: "n" }, threat.evidence[i].toFixed(2))))),
    threat.techniques.length ? el("p", {}, "Looks like: ", threat.techniques.map(technique).join("; "), ".") : null,
  ];
}

function alertDetails(side, chosen, select) {
  const alert = side.alerts[chosen.at];
  const { threat } = alert;
  const answered = side.decisions.findIndex((d) => d.alert === chosen.at);
  return [
    el("h3", {}, `Alert, ${clock(threat.t, true)}`),
    facts([
      ...threatFacts(side, threat, select, chosen.side),
      row("in truth", alert.guilty ? "an attacker was there" : "false: no attacker was there"),
      answered < 0 ? null : row("answered", link(`${action(side.decisions[answered].executed)}, ${clock(side.decisions[answered].t, true)}`, () => select({ side: chosen.side, kind: "decision", at: answered }))),
    ]),
    ...why(threat),
    ...records(side, alert),
  ];
}

/** The records of an alert, a table for each kind. */
function records(side, alert) {
  if (!alert.records.length) {
    const reason = side.without_records ? "This page holds no more records: other alerts came first." : "No record of this machine arrived in the hour before.";
    return [el("h4", {}, "Records"), el("p", {}, reason)];
  }
  const malicious = alert.records.filter(([r]) => side.records[r].step).length;
  const parts = [
    el("h4", {}, "Records that caused it"),
    el("p", { class: "dim" }, `${alert.records.length} of the ${alert.of} that were kept of the hour before; letters mark those that the features above are about. ${malicious} ${malicious === 1 ? "is" : "are"} an attacker's in truth (marked ●).`),
  ];
  setting.files.forEach(([file, columns], f) => {
    const mine = alert.records.filter(([r]) => side.records[r].file === f);
    if (!mine.length) return;
    const head = ["", "time", "host", ...columns];
    const lines = mine.map(([r, mask]) => {
      const record = side.records[r];
      const tags = LETTERS.filter((_, i) => (mask >> i) & 1).map((letter) => el("span", { class: "tag" }, letter));
      const step = record.step ? stepOf(side, record.step[0], record.step[1]) : null;
      const mark = step ? el("span", { class: "mine", title: `${step.id}: ${technique(step.technique)}` }, "●") : null;
      return el("tr", { class: step ? "malicious" : null }, el("td", {}, mark, tags), el("td", {}, clock(record.t, true)), el("td", {}, host(record.host)), record.cells.map((cell) => el("td", {}, cell)));
    });
    parts.push(el("div", { class: "scroll" }, el("table", { class: "records" }, el("caption", {}, file), el("thead", {}, el("tr", {}, head.map((name) => el("th", { scope: "col" }, name)))), el("tbody", {}, lines))));
  });
  return parts;
}

function decisionDetails(side, chosen, select) {
  const d = side.decisions[chosen.at];
  const results = d.results.map((r) => {
    const touched = action(d.executed) === "deploy decoy" && r.finding;
    const text = touched ? `${clock(r.t, true)}: the decoy was contacted by ${host(r.host)}` : `${clock(r.t, true)}: ${r.done ? "done" : "failed"}${r.finding ? ", found " + r.finding : ""}${r.host === d.threat.host ? "" : " on " + host(r.host)}, cost ${r.cost}`;
    return el("div", {}, text);
  });
  const rule = d.rule === null ? null : side.rules[d.rule];
  return [
    el("h3", {}, `Decision, ${clock(d.t, true)}: ${action(d.executed)}`),
    facts([
      ...threatFacts(side, d.threat, select, chosen.side),
      row("presented", d.patrol ? "by a patrol, below the alert cut" : "because of news or a re-check"),
      d.alert === null ? null : row("alert", link(clock(side.alerts[d.alert].threat.t, true) + ", with its records", () => select({ side: chosen.side, kind: "alert", at: d.alert }))),
      d.wanted === d.executed ? null : row("wanted", `${action(d.wanted)}, which was not possible or not permitted`),
      row("came of it", results.length ? results : d.executed === 0 ? "nothing was ordered" : "still under way when the episode ended"),
      row("reward", `${d.reward.toFixed(2)} up to the next decision`),
    ]),
    el("h4", {}, "Row of the policy table"),
    ...ruleDetails(rule, d),
    el("h4", {}, "Values by the network"),
    values(d),
    el("details", {}, el("summary", {}, "What the defender saw"), el("table", { class: "bars" }, d.observation.map(([i, x]) => el("tr", {}, el("th", { scope: "row" }, setting.observation[i]), el("td", { class: "n" }, x))))),
  ];
}
function ruleDetails(rule, d) {
  const key = el("p", {}, "Key: ", el("b", {}, d.key));
  if (!rule) return [key, el("p", {}, "No row answers it: the table watches.")];
  const from = rule.learned === "playbook" ? "from the playbook" : `learnt (${rule.learned})`;
  const support = rule.support === null ? "" : `, from ${rule.support} decisions`;
  return [
    key,
    facts([
      row("row", `${rule.number}, ${from}${support}${rule.used ? "" : "; this defender does not go by it"}`),
      row("answers", rule.when),
      row("actions", rule.actions.map((a) => a.replaceAll("_", " ")).join(", then ")),
      rule.note ? row("note", rule.note) : null,
    ]),
  ];
}
function values(d) {
  const [low, high] = [Math.min(...d.values), Math.max(...d.values)];
  const allowed = new Set(d.allowed);
  const best = d.allowed.reduce((a, b) => (d.values[b] > d.values[a] ? b : a), d.allowed[0]);
  return el("table", { class: "bars" }, d.values.map((q, a) => {
    const notes = [a === d.executed ? "taken" : "", a === best ? "best by the network" : "", allowed.has(a) ? "" : "not possible or permitted"].filter(Boolean).join(", ");
    return el("tr", { class: allowed.has(a) ? (a === d.executed ? "taken" : null) : "dim" }, el("th", { scope: "row" }, action(a)), el("td", {}, bar(q - low, high - low)), el("td", { class: "n" }, q.toFixed(2)), el("td", {}, notes));
  }));
}

function stepDetails(side, chosen, select) {
  const tried = side.steps[chosen.at];
  const step = stepOf(side, tried.campaign, tried.step);
  return [
    el("h3", {}, `Attack step, ${clock(tried.begun, true)}: ${step.id}`),
    facts([
      row("technique", technique(step.technique)),
      row("tactic", step.tactic),
      row("campaign", `${tried.campaign}, ${setting.attacks[side.campaigns[tried.campaign].attack].name}`),
      row("from", tried.from === null ? "outside" : link(host(tried.from), () => select({ side: chosen.side, kind: "host", at: tried.from }))),
      row("target", link(host(tried.target), () => select({ side: chosen.side, kind: "host", at: tried.target }))),
      tried.account ? row("account", tried.account) : null,
      row("ended", tried.ended === null ? "under way when the episode ended" : `${clock(tried.ended, true)}, ${tried.how}`),
    ]),
  ];
}

function hostDetails(side, chosen, select) {
  const h = chosen.at;
  const info = setting.hosts[h];
  const lines = [];
  side.steps.forEach((s, at) => (s.target === h || s.from === h ? lines.push([s.begun, "step", at, `attack: ${stepOf(side, s.campaign, s.step).id} ${s.how}`]) : null));
  side.alerts.forEach((a, at) => (a.threat.host === h ? lines.push([a.threat.t, "alert", at, `alert: ${a.threat.severity} ${a.threat.kind}${a.guilty ? "" : ", false"}`]) : null));
  side.decisions.forEach((d, at) => (d.threat.host === h && d.executed !== 0 ? lines.push([d.t, "decision", at, `decision: ${action(d.executed)}`]) : null));
  lines.sort((a, b) => a[0] - b[0]);
  return [
    el("h3", {}, info.name),
    facts([
      row("what it is", `${info.role}, ${info.class}, ${info.os}`),
      row("segment", setting.subnets[info.subnet]),
      row("an hour without it", info.value),
      row("at " + clock(chosen.t), tellHost(side, h, chosen.t)),
    ]),
    el("h4", {}, "What happened here"),
    lines.length ? el("ul", { class: "plain" }, lines.map(([t, kind, at, text]) => el("li", {}, link(`${clock(t, true)} ${text}`, () => select({ side: chosen.side, kind, at }))))) : el("p", {}, "Nothing was tried, seen or done here."),
  ];
}
