/**
 * Structured control flow from a graph of blocks, by its dominator tree (N. Ramsey, "Beyond Relooper", ICFP
 * 2022). Binaryen's own relooper throws on some graphs with loops of two entries; here an edge into
 * the middle of a loop goes through the dispatch, which keeps every graph reducible.
 */
import type binaryen from 'binaryen';

type Expression = binaryen.ExpressionRef;

/** Where control goes at the end of a block; targets are offsets. */
export type BlockEnd =
  | { readonly kind: 'goto'; readonly target: number }
  | {
      readonly kind: 'if';
      readonly condition: Expression;
      readonly target: number;
      readonly next: number;
      /** Carried out on the way to `next`. */
      readonly before?: Expression;
    }
  /** The block's code has left the region by itself. */
  | { readonly kind: 'left' };

export interface Block {
  readonly code: Expression;
  readonly end: BlockEnd;
}

/** The code around the blocks. */
export interface Surroundings {
  /** Branches to the label of the entry that is meant; control goes on behind when it is none of them. */
  dispatch(entries: readonly number[], label: (entry: number) => string): Expression[];
  /** Goes to an entry by way of the dispatch, at label {@link DISPATCH}. */
  goto(entry: number): Expression;
  /** Leaves the region for an offset. */
  exit(target: number): Expression;
  /** Leaves the region for what is meant by an indirect branch, which is no entry. */
  elsewhere(): Expression;
}

/** Label that indirect branches go to: the loop that starts with the dispatch, or, with one entry only, the end. */
export const DISPATCH = 'dispatch';
/** Offset that stands for the dispatch. */
const ROOT = -1;

/** A block in the order of a depth-first search. */
interface Node {
  readonly offset: number;
  /** Absent in the dispatch. */
  readonly block: Block | undefined;
  isEntry: boolean;
  /** Position in reverse postorder. */
  order: number;
  readonly successors: Node[];
  readonly predecessors: Node[];
  dominator: Node | undefined;
  readonly children: Node[];
  isLoopHeader: boolean;
  /** Edges from earlier nodes; two or more make it a merge node. */
  forwardEdges: number;
}

/** Offsets of the blocks that control may enter at. */
export interface Entrances {
  /** At least one. */
  readonly required: readonly number[];
  /** Those that no loop suffers from; the sooner the better. */
  readonly welcome: readonly number[];
}

/**
 * Puts blocks together into one statement, which control does not leave at its end.
 * @returns also all that it may be entered at: a loop that can be entered in its middle has another entry there
 */
export function structure(
  module: binaryen.Module,
  blocks: ReadonlyMap<number, Block>,
  { required, welcome }: Entrances,
  surroundings: Surroundings,
): { code: Expression; entries: readonly number[] } {
  const entries = [...required];
  let nodes = graph(blocks, entries);
  for (let more = middles(nodes, entries); more.length > 0; more = middles(nodes, entries)) {
    entries.push(...more);
    nodes = graph(blocks, entries);
  }
  for (const entry of welcome) {
    if (entries.includes(entry)) continue;
    const found = harmless(blocks, entries, nodes, entry);
    if (found === undefined) continue;
    entries.push(found.entry);
    nodes = found.nodes;
  }
  return { code: statement(module, nodes, entries, surroundings), entries };
}

/** An entry that leaves every loop with one way in: the one asked for, or the header of a loop around it. */
function harmless(
  blocks: ReadonlyMap<number, Block>,
  entries: readonly number[],
  nodes: readonly Node[],
  asked: number,
): { entry: number; nodes: Node[] } | undefined {
  const there = nodes.find(({ offset }) => offset === asked);
  for (let entry: number | undefined = asked; entry !== undefined; ) {
    const more = [...entries, entry];
    const changed = graph(blocks, more);
    if (middles(changed, more).length === 0) return { entry, nodes: changed };
    entry = there && headerAround(nodes, there, entry);
    if (entry !== undefined && entries.includes(entry)) return undefined;
  }
  return undefined;
}

/** The header of the innermost loop around a node, or, when `inner` is a header, the next one further out. */
function headerAround(nodes: readonly Node[], node: Node, inner: number): number | undefined {
  let at = node;
  if (inner !== node.offset) at = nodes.find(({ offset }) => offset === inner) ?? node;
  while (at.dominator !== at) {
    at = at.dominator!;
    const header = at;
    const isHeader = header.predecessors.some(
      (from) => from.order >= header.order && dominates(header, from),
    );
    if (isHeader && header.offset !== ROOT) return header.offset;
  }
  return undefined;
}

/** Where edges go back to that do not come from a loop which is entered there only. */
function middles(nodes: readonly Node[], entries: readonly number[]): number[] {
  const found = new Set<number>();
  for (const node of nodes) {
    for (const to of node.successors) {
      const irreducible = to.order <= node.order && !dominates(to, node);
      if (irreducible && !entries.includes(to.offset)) found.add(to.offset);
    }
  }
  return [...found];
}

/** The nodes in reverse postorder, their dominators known. A graph with one entry has no dispatch. */
function graph(blocks: ReadonlyMap<number, Block>, entries: readonly number[]): Node[] {
  const nodes = reversePostorder(blocks, entries);
  findDominators(nodes);
  return nodes;
}

function statement(
  module: binaryen.Module,
  nodes: readonly Node[],
  entries: readonly number[],
  { dispatch, goto, exit, elsewhere }: Surroundings,
): Expression {
  const byOffset = new Map(nodes.map((node) => [node.offset, node]));
  if (entries.length > 1) for (const entry of entries) byOffset.get(entry)!.isEntry = true;
  for (const node of nodes) {
    for (const successor of node.successors) {
      if (successor.order > node.order) successor.forwardEdges++;
      else if (dominates(successor, node)) successor.isLoopHeader = true;
    }
  }

  const tree = (node: Node): Expression[] => {
    const merges = node.children.filter(isMerge).sort((a, b) => b.order - a.order);
    const code = within(node, merges);
    if (node.block === undefined) return [module.loop(DISPATCH, module.block(null, code))];
    return node.isLoopHeader ? [module.loop(`loop${node.offset}`, module.block(null, code))] : code;
  };
  const within = (node: Node, merges: readonly Node[]): Expression[] => {
    const [outermost, ...rest] = merges;
    if (outermost === undefined) {
      if (node.block === undefined) return [...dispatch(entries, (entry) => `block${entry}`), elsewhere()];
      return [node.block.code, ...ending(node.block, node)];
    }
    return [module.block(`block${outermost.offset}`, within(node, rest)), ...tree(outermost)];
  };
  const ending = ({ end }: Block, node: Node): Expression[] => {
    switch (end.kind) {
      case 'left':
        return [];
      case 'goto':
        return branch(node, end.target);
      case 'if':
        if (end.target === end.next) return [module.drop(end.condition), ...branch(node, end.next)];
        return [
          module.if(end.condition, module.block(null, branch(node, end.target))),
          ...(end.before === undefined ? [] : [end.before]),
          ...branch(node, end.next),
        ];
    }
  };
  const branch = (from: Node, offset: number): Expression[] => {
    const to = byOffset.get(offset);
    if (to === undefined) return [exit(offset)];
    if (to.order <= from.order) {
      return [dominates(to, from) ? module.br(`loop${offset}`) : goto(offset)];
    }
    return isMerge(to) ? [module.br(`block${offset}`)] : tree(to);
  };
  const code = module.block(null, tree(nodes[0]));
  return entries.length > 1 ? code : module.block(null, [module.block(DISPATCH, [code]), elsewhere()]);
}

function isMerge(node: Node): boolean {
  return node.forwardEdges > 1 || node.isEntry;
}

function targets(end: BlockEnd): number[] {
  switch (end.kind) {
    case 'left':
      return [];
    case 'goto':
      return [end.target];
    case 'if':
      return end.target === end.next ? [end.next] : [end.target, end.next];
  }
}

function reversePostorder(blocks: ReadonlyMap<number, Block>, entries: readonly number[]): Node[] {
  const seen = new Map<number, Node>();
  const postorder: Node[] = [];
  const visit = (offset: number): Node => {
    const known = seen.get(offset);
    if (known) return known;
    const node: Node = {
      offset,
      block: blocks.get(offset),
      isEntry: false,
      order: 0,
      successors: [],
      predecessors: [],
      dominator: undefined,
      children: [],
      isLoopHeader: false,
      forwardEdges: 0,
    };
    seen.set(offset, node);
    for (const target of node.block === undefined ? entries : targets(node.block.end)) {
      if (!blocks.has(target)) continue;
      const successor = visit(target);
      node.successors.push(successor);
      successor.predecessors.push(node);
    }
    postorder.push(node);
    return node;
  };
  visit(entries.length > 1 ? ROOT : entries[0]);
  const nodes = postorder.reverse();
  nodes.forEach((node, index) => {
    node.order = index;
  });
  return nodes;
}

/** Immediate dominators (Cooper, Harvey, Kennedy), and their tree's children. */
function findDominators(nodes: readonly Node[]): void {
  const [root, ...others] = nodes;
  root.dominator = root;
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of others) {
      let dominator: Node | undefined;
      for (const predecessor of node.predecessors) {
        if (predecessor.dominator === undefined) continue;
        dominator = dominator === undefined ? predecessor : commonDominator(dominator, predecessor);
      }
      if (node.dominator !== dominator) {
        node.dominator = dominator;
        changed = true;
      }
    }
  }
  for (const node of others) node.dominator!.children.push(node);
}

function commonDominator(a: Node, b: Node): Node {
  let left = a;
  let right = b;
  while (left !== right) {
    while (left.order > right.order) left = left.dominator!;
    while (right.order > left.order) right = right.dominator!;
  }
  return left;
}

function dominates(dominator: Node, node: Node): boolean {
  let at = node;
  while (at.order > dominator.order) at = at.dominator!;
  return at === dominator;
}
