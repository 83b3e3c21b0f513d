// One slider for everything: its place is the time that all parts show.

class Panel {
  constructor(side, index, app) {
    prepare(side);
    Object.assign(this, { side, index });
    const select = (chosen) => app.select(chosen);
    this.network = new Network(side, index, select);
    this.strips = new Strips(side, index, (t) => app.jump(t), select);
    this.lists = new Lists(side, index, select);
    this.status = el("p", { class: "status" });
    this.details = el("div", { class: "details", "aria-live": "polite" }, el("p", { class: "dim" }, "Choose an alert, a decision, a step or a machine."));
    this.map = el("div", { class: "map" }, this.network.root);
    const name = el("h2", {}, side.defender, el("small", {}, side.truthful ? " is told the truth" : ""));
    this.root = el("section", { class: "side" }, name, this.status, el("div", { class: "main" }, this.map, this.strips.root), el("div", { class: "aside" }, this.lists.root, this.details));
  }

  draw() {
    this.network.draw(Math.max(280, Math.floor(this.map.clientWidth)));
    this.strips.draw(Math.max(280, Math.floor(this.strips.root.clientWidth)));
  }

  show(t, chosen) {
    const mine = chosen && chosen.side === this.index ? chosen : null;
    this.network.show(t, mine && mine.kind === "host" ? mine.at : mine ? machineOf(this.side, mine) : -1);
    this.strips.show(t);
    this.lists.show(t, mine);
    let [held, isolated, suspected] = [0, 0, 0];
    setting.hosts.forEach((_, h) => {
      const now = known(this.side, h, t);
      held += isHeld(this.side, h, t);
      isolated += Boolean(now && now.isolated);
      suspected += ["suspected", "verified"].includes(beliefOf(this.side, h, t));
    });
    const cost = costAt(this.side, t).reduce((a, b) => a + b, 0);
    this.status.textContent = `Held: ${held}. Suspected or verified: ${suspected}. Isolated: ${isolated}. Cost so far: ${cost.toFixed(1)}.`;
  }
}
function machineOf(side, chosen) {
  if (chosen.kind === "alert") return side.alerts[chosen.at].threat.host;
  if (chosen.kind === "decision") return side.decisions[chosen.at].threat.host;
  return side.steps[chosen.at].target;
}
function timeOf(side, chosen) {
  if (chosen.kind === "alert") return side.alerts[chosen.at].threat.t;
  if (chosen.kind === "decision") return side.decisions[chosen.at].t;
  return chosen.kind === "step" ? side.steps[chosen.at].begun : null;
}

class App {
  constructor() {
    this.t = 0;
    this.chosen = null;
    this.playing = false;
    this.slider = document.getElementById("time");
    this.slider.max = Math.ceil(HORIZON / MINUTE);
    this.now = document.getElementById("now");
    this.button = document.getElementById("play");
    this.speed = document.getElementById("speed");
    this.panels = data.sides.map((side, index) => new Panel(side, index, this));
    const root = document.getElementById("sides");
    root.classList.toggle("two", this.panels.length > 1);
    root.append(...this.panels.map((panel) => panel.root));
    document.getElementById("clock").hidden = false;
    this.slider.addEventListener("input", () => this.jump(this.slider.valueAsNumber * MINUTE));
    this.button.addEventListener("click", () => this.play(!this.playing));
    document.addEventListener("keydown", (event) => this.key(event));
    // In the next frame: drawing changes sizes, which the observer must not do itself.
    new ResizeObserver(() => requestAnimationFrame(() => this.draw())).observe(root);
    this.draw();
    this.play(false);
    const firsts = data.sides.flatMap((side) => side.alerts.slice(0, 1).map((a) => a.threat.t));
    this.jump(firsts.length ? Math.min(...firsts) : 0);
    this.read();
    window.addEventListener("hashchange", () => this.read());
  }

  draw() {
    for (const panel of this.panels) {
      panel.draw();
      panel.show(this.t, this.chosen);
    }
  }

  jump(t) {
    this.t = Math.max(0, Math.min(HORIZON, t));
    this.slider.value = Math.round(this.t / MINUTE);
    this.now.textContent = clock(this.t);
    this.slider.setAttribute("aria-valuetext", clock(this.t));
    for (const panel of this.panels) panel.show(this.t, this.chosen);
  }

  /** Shows what is behind something, and the moment it happened. */
  select(chosen) {
    const panel = this.panels[chosen.side];
    this.chosen = { ...chosen, t: this.t };
    const t = timeOf(panel.side, chosen);
    if (chosen.kind !== "host" && panel.lists.kind !== chosen.kind) panel.lists.turn(chosen.kind);
    this.jump(t === null ? this.t : t);
    panel.details.replaceChildren(...detailsOf(panel.side, this.chosen, (next) => this.select(next)).filter(Boolean));
    panel.details.scrollTop = 0;
    history.replaceState(null, "", `#${chosen.kind}=${chosen.side}.${chosen.at}`);
    // On a telephone the details stand below: come to them.
    if (window.innerWidth < 700) panel.details.scrollIntoView({ block: "start" });
  }

  /** What the address asks for: `#alert=0.3` is the first side's fourth alert, `#t=90` the ninetieth minute. */
  read() {
    const minute = /^#t=(\d+)$/.exec(location.hash);
    if (minute) return this.jump(Number(minute[1]) * MINUTE);
    const [, kind, side, at] = /^#(alert|decision|step|host)=(\d+)\.(\d+)$/.exec(location.hash) || [];
    const lists = kind && data.sides[side] ? { alert: data.sides[side].alerts, decision: data.sides[side].decisions, step: data.sides[side].steps, host: setting.hosts } : {};
    if (lists[kind] && lists[kind][at]) this.select({ side: Number(side), kind, at: Number(at) });
  }

  play(on) {
    this.playing = on;
    this.button.textContent = on ? "❚❚" : "▶";
    this.button.setAttribute("aria-pressed", on);
    if (!on) return;
    if (this.t >= HORIZON) this.jump(0);
    let last = null;
    const frame = (time) => {
      if (!this.playing) return;
      if (last !== null) this.jump(this.t + ((time - last) / 1000) * Number(this.speed.value) * MINUTE);
      last = time;
      if (this.t >= HORIZON) this.play(false);
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  key(event) {
    const inside = event.target.closest("input, select, textarea");
    if (event.ctrlKey || event.metaKey || event.altKey || (inside && inside !== this.slider)) return;
    const by = (event.shiftKey ? 10 : 1) * MINUTE;
    const events = () => this.panels.flatMap((p) => [...p.side.alerts.map((a) => a.threat.t), ...p.side.decisions.filter((d) => d.executed).map((d) => d.t), ...p.side.steps.map((s) => s.begun)]);
    const keys = {
      ArrowLeft: () => this.jump(this.t - by),
      ArrowRight: () => this.jump(this.t + by),
      Home: () => this.jump(0),
      End: () => this.jump(HORIZON),
      n: () => this.jump(Math.min(HORIZON, ...events().filter((t) => t > this.t))),
      p: () => this.jump(Math.max(0, ...events().filter((t) => t < this.t))),
    };
    // On a button, space presses it.
    if (!event.target.closest("button")) keys[" "] = () => this.play(!this.playing);
    const act = keys[event.key] || keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

new App();
document.documentElement.dataset.drawn = "yes";
