"use strict";
// The page of `sealine graph -o html`.
//
// Invariants: only the neighbourhood of one station and a capped list are in the document, however
// large the graph is; a name reaches the document as text alone, never as markup.
(() => {
  const MOST_ROWS = 200;
  const MOST_CARDS = 40;
  const MOST_JOINTS = 200;
  const data = JSON.parse(document.getElementById("data").textContent);
  const { nodes, edges, stages, files } = data;
  const COLUMNS = ["Terraform", "Vault", "ExternalSecret", "Secret", "Workload"];
  const COLUMN_OF = [0, 1, 1, 1, 2, 3, 4];
  const VAULT = 1, ENTRY = 2;
  const byId = new Map(nodes.map((node, index) => [node.id, index]));
  const incoming = nodes.map(() => []);
  const outgoing = nodes.map(() => []);
  edges.forEach((edge, index) => {
    outgoing[edge.from].push(index);
    incoming[edge.to].push(index);
  });
  const lower = nodes.map((node) => node.id.toLowerCase());
  const find = (id) => document.getElementById(id);
  const state = { focus: -1, rows: [], active: 0, caps: [] };

  /** An element with text and classes. */
  const make = (name, text, classes) => {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    if (classes) element.className = classes;
    return element;
  };

  const place = (at) => {
    const file = files[at[0]];
    const link = make("a", file.path + ":" + at[1]);
    link.href = file.href + (file.line ? file.line + at[1] : "");
    link.rel = "noopener noreferrer";
    return link;
  };

  const marks = (node) => (node.broken ? " broken" : "") + (node.gap ? " unseen" : "");

  /** All stations that can be reached from here in one direction, itself left out. */
  const reach = (starts, joints, end) => {
    const seen = new Set(starts);
    const stack = [...starts];
    while (stack.length) {
      for (const index of joints[stack.pop()]) {
        const next = edges[index][end];
        if (!seen.has(next)) {
          seen.add(next);
          stack.push(next);
        }
      }
    }
    return seen;
  };

  // What the filters choose from.
  const IN_NAMESPACE = (node) => node.stage >= 4 && node.scope;
  const fill = (select, values) => {
    select.append(make("option", "all"));
    select.firstChild.value = "";
    for (const value of [...values].sort()) {
      const option = make("option", value);
      option.value = value;
      select.append(option);
    }
  };
  fill(find("namespace"), new Set(nodes.filter(IN_NAMESPACE).map((node) => node.scope)));
  fill(find("vault"), new Set(nodes.filter((node) => node.stage === ENTRY).map((node) => node.scope)));

  /** The stations whose chain goes through a vault. */
  const through = (vault) => {
    const starts = [];
    nodes.forEach((node, index) => {
      const here = (node.stage === ENTRY && node.scope === vault) || (node.stage === VAULT && node.name === vault);
      if (here) starts.push(index);
    });
    const found = reach(starts, outgoing, "to");
    for (const index of reach(starts, incoming, "from")) found.add(index);
    return found;
  };

  const choose = () => {
    const words = find("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const namespace = find("namespace").value;
    const vault = find("vault").value;
    const broken = find("broken").checked;
    const inVault = vault && through(vault);
    const rows = [];
    nodes.forEach((node, index) => {
      if (broken && !node.broken) return;
      if (namespace && !(IN_NAMESPACE(node) && node.scope === namespace)) return;
      if (inVault && !inVault.has(index)) return;
      if (words.every((word) => lower[index].includes(word))) rows.push(index);
    });
    state.rows = rows;
    state.active = Math.max(0, rows.indexOf(state.focus));
    if (state.active >= MOST_ROWS) state.active = 0;
    drawList();
  };

  const drawList = () => {
    const list = find("list");
    const rows = state.rows.slice(0, MOST_ROWS).map((index, row) => {
      const node = nodes[index];
      const item = make("li", node.name || node.id, marks(node).trim());
      item.setAttribute("role", "option");
      item.id = "row-" + row;
      item.title = node.id;
      item.append(make("small", stages[node.stage] + (node.scope ? " in " + node.scope : "")));
      item.addEventListener("click", () => show(index));
      return item;
    });
    list.replaceChildren(...rows);
    const all = state.rows.length;
    find("shown").textContent = all > MOST_ROWS ? `${MOST_ROWS} of ${all}: search to see others` : `${all} of ${nodes.length}`;
    mark();
  };

  /** Marks the row that Enter would show. */
  const mark = () => {
    const list = find("list");
    list.querySelectorAll("[aria-selected]").forEach((row) => row.removeAttribute("aria-selected"));
    const row = list.children[state.active];
    if (!row) {
      list.removeAttribute("aria-activedescendant");
      return;
    }
    row.setAttribute("aria-selected", "true");
    list.setAttribute("aria-activedescendant", row.id);
    row.scrollIntoView({ block: "nearest" });
  };

  /** Puts a station in the middle. The address remembers it, so that Back returns. */
  const show = (index) => {
    const hash = "#" + encodeURIComponent(nodes[index].id);
    if (location.hash === hash) focus(index);
    else location.hash = hash;
  };

  const focus = (index) => {
    state.focus = index;
    state.caps = COLUMNS.map(() => MOST_CARDS);
    const row = state.rows.indexOf(index);
    if (row >= 0 && row < MOST_ROWS) {
      state.active = row;
      mark();
    }
    drawColumns();
    drawDetails();
  };

  const drawColumns = () => {
    const near = reach([state.focus], incoming, "from");
    for (const index of reach([state.focus], outgoing, "to")) near.add(index);
    const columns = COLUMNS.map(() => []);
    for (const index of near) columns[COLUMN_OF[nodes[index].stage]].push(index);
    const cards = new Map();
    const drawn = columns.map((members, column) => {
      const box = make("div", "", "column");
      box.append(make("h2", `${COLUMNS[column]} (${members.length})`));
      // The focus is always in sight; entries stand before stores and vaults.
      const rank = (index) => (index === state.focus ? -1 : nodes[index].broken ? 0 : 1);
      members.sort((one, two) => rank(one) - rank(two) || one - two);
      for (const index of members.slice(0, state.caps[column])) {
        const node = nodes[index];
        const card = make("button", node.name || node.id, "card" + marks(node) + (index === state.focus ? " focus" : ""));
        card.type = "button";
        card.title = node.id;
        card.append(make("small", stages[node.stage] + (node.scope ? " in " + node.scope : "")));
        if (node.gap) card.append(make("small", node.gap));
        card.addEventListener("click", () => show(index));
        cards.set(index, card);
        box.append(card);
      }
      const rest = members.length - state.caps[column];
      if (rest > 0) {
        const more = make("button", `${rest} more`, "card more");
        more.type = "button";
        more.addEventListener("click", () => {
          state.caps[column] += MOST_CARDS;
          drawColumns();
        });
        box.append(more);
      }
      return box;
    });
    const joints = find("joints");
    find("columns").replaceChildren(joints, ...drawn);
    state.cards = cards;
    drawJoints();
  };

  /** Lines between the cards that are there. */
  const drawJoints = () => {
    const area = find("columns");
    const joints = find("joints");
    const zero = area.getBoundingClientRect();
    const paths = [];
    const done = new Set();
    for (const [from, card] of state.cards) {
      for (const index of outgoing[from]) {
        const edge = edges[index];
        const other = state.cards.get(edge.to);
        const pair = from + " " + edge.to;
        if (!other || done.has(pair)) continue;
        done.add(pair);
        const one = card.getBoundingClientRect();
        const two = other.getBoundingClientRect();
        const beside = one.right < two.left;
        const x1 = (beside ? one.right : one.left) - zero.left + area.scrollLeft;
        const y1 = one.top + one.height / 2 - zero.top + area.scrollTop;
        const x2 = two.left - zero.left + area.scrollLeft;
        const y2 = two.top + two.height / 2 - zero.top + area.scrollTop;
        const bend = beside ? (x2 - x1) / 2 : 14;
        const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
        path.setAttribute("d", `M${x1} ${y1}C${x1 + (beside ? bend : -bend)} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`);
        path.setAttribute("class", edge.certainty + (nodes[from].broken ? " bad" : ""));
        paths.push(path);
      }
    }
    joints.replaceChildren(...paths);
  };

  const drawDetails = () => {
    const node = nodes[state.focus];
    const box = find("details");
    const title = make("h2", node.id, node.broken ? "broken" : "");
    const declared = make("p", node.declared ? "declared at " : "declared nowhere in sight");
    if (node.declared) declared.append(place(node.declared));
    const parts = [title, declared];
    if (node.gap) parts.push(make("p", node.gap, "broken"));
    for (const finding of node.findings) {
      parts.push(make("p", finding.severity + "[" + finding.rule + "]: " + finding.message, finding.severity === "error" ? "broken" : ""));
      if (finding.help) parts.push(make("p", "help: " + finding.help));
    }
    const table = make("table");
    const rows = [
      ...incoming[state.focus].map((index) => ["from", edges[index].from, edges[index]]),
      ...outgoing[state.focus].map((index) => ["to", edges[index].to, edges[index]]),
    ];
    for (const [word, other, edge] of rows.slice(0, MOST_JOINTS)) {
      const row = make("tr");
      const where = make("td");
      where.append(place(edge.at));
      row.append(make("td", word), make("td", nodes[other].id), where, make("td", edge.certainty), make("td", edge.detail));
      table.append(row);
    }
    parts.push(table);
    if (rows.length > MOST_JOINTS) parts.push(make("p", `${rows.length - MOST_JOINTS} more joints`));
    box.replaceChildren(...parts);
    box.scrollTop = 0;
  };

  /** Moves from card to card. */
  const step = (key) => {
    const here = document.activeElement;
    const columns = [...document.querySelectorAll(".column")];
    const column = columns.findIndex((box) => box.contains(here));
    if (column < 0) return false;
    const cards = [...columns[column].querySelectorAll(".card")];
    const row = cards.indexOf(here);
    if (key === "ArrowUp" || key === "ArrowDown") {
      cards[row + (key === "ArrowUp" ? -1 : 1)]?.focus();
      return true;
    }
    const way = key === "ArrowLeft" ? -1 : 1;
    for (let at = column + way; columns[at]; at += way) {
      const others = columns[at].querySelectorAll(".card");
      if (others.length) {
        others[Math.min(row, others.length - 1)].focus();
        break;
      }
    }
    return true;
  };

  const move = (way) => {
    const rows = Math.min(state.rows.length, MOST_ROWS);
    state.active = Math.min(Math.max(state.active + way, 0), Math.max(rows - 1, 0));
    mark();
  };

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const search = find("search");
    const inList = event.target === search || find("list").contains(event.target);
    if (event.key === "/" && event.target !== search) search.focus();
    else if (event.key === "Escape" && event.target === search) {
      search.value = "";
      choose();
    } else if (inList && event.key === "ArrowDown") move(1);
    else if (inList && event.key === "ArrowUp") move(-1);
    else if (inList && event.key === "Enter" && state.rows[state.active] !== undefined) {
      show(state.rows[state.active]);
    } else if (!(event.key.startsWith("Arrow") && step(event.key))) return;
    event.preventDefault();
  });

  const fromAddress = () => {
    let id = "";
    try {
      id = decodeURIComponent(location.hash.slice(1));
    } catch {
      // An address that somebody typed: then the page begins as without one.
    }
    const wanted = byId.get(id);
    const first = nodes.findIndex((node) => node.broken);
    const start = wanted ?? (data.focus >= 0 ? data.focus : first >= 0 ? first : nodes.length ? 0 : -1);
    if (start >= 0) focus(start);
  };

  find("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  find("search").addEventListener("input", choose);
  for (const id of ["namespace", "vault", "broken"]) find(id).addEventListener("change", choose);
  addEventListener("hashchange", fromAddress);
  addEventListener("resize", () => state.focus >= 0 && drawJoints());

  const broken = nodes.filter((node) => node.broken).length;
  find("counts").textContent = `${nodes.length} stations, ${edges.length} joints, ${broken} broken`;
  choose();
  fromAddress();
})();
