'use strict';
// Values of figures on hover, touch and by arrow keys. Each figure's marks stand in #data as
// [x, y, group, text], x and y in the units of its drawing's viewBox.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.setAttribute('role', 'status');
  tip.hidden = true;
  document.body.append(tip);

  for (const drawing of document.querySelectorAll('.drawing')) {
    const marks = data[drawing.dataset.figure][drawing.dataset.format];
    const svg = drawing.querySelector('svg');
    if (!marks.length) continue;
    let ring = null;
    let at = -1;

    const show = (i) => {
      at = i;
      const [x, y, , text] = marks[i];
      const box = svg.getBoundingClientRect();
      const unit = box.width / svg.viewBox.baseVal.width;
      if (!ring) {
        ring = document.createElementNS(svg.namespaceURI, 'circle');
        ring.setAttribute('class', 'ring');
        ring.setAttribute('r', 28);
        svg.append(ring);
      }
      ring.setAttribute('cx', x);
      ring.setAttribute('cy', y);
      tip.textContent = text;
      tip.hidden = false;
      const [left, top] = [box.left + x * unit, box.top + y * unit];
      const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
      tip.style.left = Math.max(8, Math.min(left + 12, room)) + 'px';
      const above = top - tip.offsetHeight - 12;
      tip.style.top = (above > 8 ? above : top + 16) + 'px';
    };
    const hide = () => {
      tip.hidden = true;
      if (ring) ring.remove();
      ring = null;
    };
    const nearest = (event) => {
      const box = svg.getBoundingClientRect();
      const unit = svg.viewBox.baseVal.width / box.width;
      const [x, y] = [(event.clientX - box.left) * unit, (event.clientY - box.top) * unit];
      let best = -1, least = (60 * unit) ** 2;
      marks.forEach(([mx, my], i) => {
        const d = (mx - x) ** 2 + (my - y) ** 2;
        if (d < least) [best, least] = [i, d];
      });
      return best;
    };
    const follow = (event) => {
      const i = nearest(event);
      if (i < 0) hide(); else if (i !== at || tip.hidden) show(i);
    };
    svg.addEventListener('pointermove', follow);
    svg.addEventListener('pointerdown', follow);
    svg.addEventListener('pointerleave', (event) => { if (event.pointerType === 'mouse') hide(); });
    drawing.addEventListener('focusout', hide);
    drawing.addEventListener('keydown', (event) => {
      const group = at < 0 ? -1 : marks[at][2];
      const groups = [...new Set(marks.map((m) => m[2]))];
      const other = (step) => {
        const g = groups[(groups.indexOf(group) + step + groups.length) % groups.length];
        // The mark of the next group that is nearest across.
        const x = at < 0 ? 0 : marks[at][0];
        return marks.reduce((best, m, i) =>
          m[2] === g && (best < 0 || Math.abs(m[0] - x) < Math.abs(marks[best][0] - x)) ? i : best, -1);
      };
      const next = {
        ArrowRight: () => Math.min(at + 1, marks.length - 1),
        ArrowLeft: () => Math.max(at - 1, 0),
        ArrowDown: () => other(1),
        ArrowUp: () => other(-1),
        Home: () => 0,
        End: () => marks.length - 1,
      }[event.key];
      if (event.key === 'Escape') hide();
      if (!next) return;
      event.preventDefault();
      show(next());
    });
  }
  document.addEventListener('scroll', () => { tip.hidden = true; }, { passive: true });
})();
