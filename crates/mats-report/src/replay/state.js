// What is true and what is believed of each machine at a moment.

const BELIEFS = {
  none: ["", "nothing suspected"],
  suspected: ["?", "suspected"],
  verified: ["!", "verified"],
  cleared: ["✓", "cleared"],
  contained: ["□", "contained"],
  treated: ["+", "treated"],
};
const BELIEF_OF = { fresh: "suspected", watched: "suspected", verified: "verified", cleared: "cleared", contained: "contained", treated: "treated", releasable: "treated" };
const TRUTHS = { clean: ["", "no attacker was here"], touched: ["t", "an attacker has touched it"], held: ["H", "an attacker holds it"], harmed: ["X", "damage was done here"] };

/** Sorts a side's events by machine, once. */
function prepare(side) {
  const count = setting.hosts.length;
  side.holdsOf = Array.from({ length: count }, () => []);
  side.touched = new Array(count).fill(Infinity);
  side.harmed = new Array(count).fill(Infinity);
  side.beliefsOf = Array.from({ length: count }, () => []);
  for (const hold of side.holds) side.holdsOf[hold.host].push(hold);
  for (const [t, h] of side.touches) side.touched[h] = Math.min(side.touched[h], t);
  side.campaigns.forEach((campaign, c) => {
    for (const tried of campaign.tried) {
      const step = stepOf(side, c, tried.step);
      if (tried.how === "succeeded" && step.harms) side.harmed[tried.target] = Math.min(side.harmed[tried.target], tried.ended);
    }
  });
  for (const belief of side.beliefs) side.beliefsOf[belief.host].push(belief);
  // Attempts of all campaigns in order of time, for lists and arrows.
  side.steps = side.campaigns.flatMap((campaign, c) => campaign.tried.map((tried) => ({ ...tried, campaign: c })));
  side.steps.sort((a, b) => a.begun - b.begun);
}
const isHeld = (side, h, t) => side.holdsOf[h].some((hold) => hold.from <= t && t < hold.until);
function truthOf(side, h, t) {
  if (side.harmed[h] <= t) return "harmed";
  if (isHeld(side, h, t)) return "held";
  return side.touched[h] <= t ? "touched" : "clean";
}
function known(side, h, t) {
  const all = side.beliefsOf[h];
  return all[lastUpTo(all, t, (b) => b.t)] || null;
}
function beliefOf(side, h, t) {
  const belief = known(side, h, t);
  if (!belief || belief.status === "none") return "none";
  const name = BELIEF_OF[belief.status];
  return name === "suspected" && !belief.open ? "none" : name;
}
function costAt(side, t) {
  const at = lastUpTo(side.costs, t, (c) => c[0]);
  return at < 0 ? [0, 0, 0] : side.costs[at].slice(1);
}
