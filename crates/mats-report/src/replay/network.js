// The network: segments as boxes, machines as shapes in them, what attackers do as arrows.

const RECENT = 30 * MINUTE;

/** Places boxes from left to right and machines in them. All in pixels, so that letters keep their size. */
function layout(width) {
  const pad = 8;
  const narrow = Math.max(52, Math.floor((width - 2 * pad - 2) / 6));
  const cell = width < 520 ? { w: narrow, h: 56 } : { w: 68, h: 60 };
  const head = 22;
  const most = Math.max(1, Math.floor((width - 2 * pad - 2) / cell.w));
  const places = new Array(setting.hosts.length);
  const boxes = [{ name: "internet", x: 1, y: 1, w: width - 2, h: 26 }];
  const members = setting.subnets.map((_, s) => setting.hosts.flatMap((h, i) => (h.subnet === s ? [i] : [])));
  let [x, y, row] = [1, 37, 0];
  members.forEach((hosts, s) => {
    if (!hosts.length) return;
    const columns = Math.min(most, hosts.length <= 5 ? hosts.length : Math.max(5, Math.ceil(Math.sqrt(hosts.length * 3))));
    const label = setting.subnets[s];
    const w = Math.max(columns * cell.w + 2 * pad, Math.min(width - 2, 20 + label.length * 7));
    const h = head + Math.ceil(hosts.length / columns) * cell.h + 4;
    if (x > 1 && x + w > width) [x, y, row] = [1, y + row + 10, 0];
    boxes.push({ name: label, x, y, w, h });
    hosts.forEach((index, i) => {
      places[index] = {
        x: x + pad + (i % columns) * cell.w + cell.w / 2,
        y: y + head + Math.floor(i / columns) * cell.h + 21,
      };
    });
    x += w + 10;
    row = Math.max(row, h);
  });
  return { boxes, places, height: y + row + 2, cell };
}

function shape(kind, r) {
  if (kind === "critical") return svg("path", { d: `M0 ${-r * 1.25}L${r * 1.25} 0L0 ${r * 1.25}L${-r * 1.25} 0Z` });
  if (kind === "server") return svg("rect", { x: -r, y: -r, width: 2 * r, height: 2 * r, rx: 2 });
  return svg("circle", { r });
}

class Network {
  constructor(side, index, select) {
    Object.assign(this, { side, index, select, drawn: [], width: 0 });
    this.root = svg("svg", { class: "network", role: "group", "aria-label": "Network as seen by " + side.defender });
  }

  draw(width) {
    if (width === this.width) return;
    this.width = width;
    const plan = layout(width);
    this.plan = plan;
    this.root.replaceChildren();
    this.root.setAttribute("viewBox", `0 0 ${width} ${plan.height}`);
    this.root.setAttribute("height", plan.height);
    for (const box of plan.boxes) {
      this.root.append(
        svg("rect", { class: "subnet", x: box.x, y: box.y, width: box.w, height: box.h, rx: 4 }),
        svg("text", { class: "subnet-name", x: box.x + 8, y: box.y + 16 }, cut(box.name, Math.floor((box.w - 12) / 6.5))),
      );
    }
    this.arrows = svg("g", { class: "arrows" });
    this.root.append(this.arrows);
    this.drawn = setting.hosts.map((info, h) => this.machine(info, h));
  }

  machine(info, h) {
    const { x, y } = this.plan.places[h];
    const ring = shape(info.class, 16);
    ring.setAttribute("class", "ring");
    const body = shape(info.class, 11);
    body.setAttribute("class", "body");
    const letter = svg("text", { class: "letter", y: 4 });
    const square = info.class === "workstation" ? 0 : 5;
    const mark = svg("text", { class: "mark", x: 19 + square, y: -9 - square / 2 });
    const bar = svg("path", { class: "bar", d: "M-20 13L20 -13" });
    const title = svg("title", {});
    const most = Math.floor(this.plan.cell.w / 5.7);
    const name = svg("text", { class: "name", y: 32 }, cut(info.name, most));
    const choose = () => this.select({ side: this.index, kind: "host", at: h });
    const group = svg(
      "g",
      { transform: `translate(${x} ${y})`, tabindex: 0, role: "button", onclick: choose, onkeydown: (e) => (e.key === "Enter" ? choose() : null) },
      title, ring, body, letter, mark, bar, name,
    );
    this.root.append(group);
    return { group, letter, mark, title, last: "" };
  }

  show(t, chosen) {
    setting.hosts.forEach((info, h) => {
      const truth = truthOf(this.side, h, t);
      const belief = beliefOf(this.side, h, t);
      const now = known(this.side, h, t);
      const held = isHeld(this.side, h, t);
      const classes = ["machine", truth, held ? "held" : "", "b-" + belief, now && now.isolated ? "isolated" : "", now && now.down ? "down" : "", info.off ? "off" : "", chosen === h ? "chosen" : ""].filter(Boolean).join(" ");
      const drawn = this.drawn[h];
      if (drawn.last === classes) return;
      drawn.last = classes;
      drawn.group.setAttribute("class", classes);
      drawn.letter.textContent = TRUTHS[truth][0];
      drawn.mark.textContent = BELIEFS[belief][0];
      drawn.title.textContent = `${info.name} (${info.role}): ${tellHost(this.side, h, t)}`;
    });
    this.point(t);
  }

  /** Arrows for what attackers are at, and for what they managed in the last half hour. */
  point(t) {
    const arrows = [];
    for (const step of this.side.steps) {
      if (step.begun > t) break;
      const open = step.ended === null || step.ended > t;
      if (!open && (step.how !== "succeeded" || step.ended < t - RECENT)) continue;
      arrows.push(...this.arrow(step, open));
    }
    this.arrows.replaceChildren(...arrows);
  }

  arrow(step, open) {
    const to = this.plan.places[step.target];
    const kind = open ? "arrow open" : "arrow";
    if (step.from === step.target) return [svg("circle", { class: kind, cx: to.x, cy: to.y, r: 23 })];
    const from = step.from === null ? { x: to.x, y: 27 } : this.plan.places[step.from];
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length = Math.hypot(dx, dy) || 1;
    const [ux, uy] = [dx / length, dy / length];
    const start = step.from === null ? 0 : 19;
    const a = { x: from.x + ux * start, y: from.y + uy * start };
    const b = { x: to.x - ux * 21, y: to.y - uy * 21 };
    const wing = (side) => `${b.x - ux * 8 + side * uy * 4} ${b.y - uy * 8 - side * ux * 4}`;
    return [
      svg("path", { class: kind, d: `M${a.x} ${a.y}L${b.x} ${b.y}` }),
      svg("path", { class: "head", d: `M${b.x} ${b.y}L${wing(1)}L${wing(-1)}Z` }),
    ];
  }
}

/** What is true and believed of a machine, in words. */
function tellHost(side, h, t) {
  const parts = [TRUTHS[truthOf(side, h, t)][1]];
  if (isHeld(side, h, t) && side.harmed[h] <= t) parts.push("an attacker holds it");
  const now = known(side, h, t);
  parts.push("believed: " + BELIEFS[beliefOf(side, h, t)][1]);
  if (now && now.isolated) parts.push("isolated");
  if (now && now.down) parts.push("down");
  if (setting.hosts[h].off) parts.push("switched off all day");
  return parts.join("; ");
}
