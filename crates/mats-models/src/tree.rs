//! Flat binary trees of 8-byte nodes, walked several at a time: what both forests are made of.

/// Walks at once, so that one walk's cache miss hides behind the others.
pub(crate) const LANES: usize = 10;
/// Steps between two looks at whether all walks have ended.
const STRIDE: usize = 3;
/// Rows walked through one tree before the next tree is taken: few enough to stay in the cache.
const BLOCK: usize = 120;
/// Columns up to which blocks of rows are padded to a fixed width, which spares the checks of every access.
const PADDED: usize = 64;

/// Columns a tree can tell apart.
pub(crate) const MAX_COLUMNS: usize = 1 << 12;
/// Nodes of one tree at most.
pub(crate) const MAX_NODES: usize = 1 << 20;
/// Marks that leaves can carry: below this.
pub(crate) const MAX_MARKS: usize = 1 << 22;

const QUIET_NAN: u32 = 0x7fc0_0000;

/// A node. A row goes to the left child when its feature is at most the threshold, else to the one after it. A
/// leaf's threshold is not a number, which nothing exceeds, and its child is itself, so that walks of unequal
/// length need no branch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    threshold: f32,
    /// Distance to the left child, in nodes ahead, in the upper 20 bits; the feature in the lower 12.
    link: u32,
}

impl Node {
    pub(crate) fn split(feature: usize, threshold: f32, ahead: u32) -> Node {
        debug_assert!(feature < MAX_COLUMNS && (ahead as usize) < MAX_NODES && ahead > 0);
        Node { threshold, link: ahead << 12 | feature as u32 }
    }
    /// A leaf with a mark, kept in the spare bits of its threshold.
    pub(crate) fn leaf(mark: u32) -> Node {
        debug_assert!((mark as usize) < MAX_MARKS);
        Node { threshold: f32::from_bits(QUIET_NAN | mark), link: 0 }
    }
    /// Returns the distance to the left child, in nodes ahead; 0 at a leaf.
    pub(crate) fn ahead(self) -> u32 {
        self.link >> 12
    }
    pub(crate) fn feature(self) -> usize {
        (self.link & 0xfff) as usize
    }
    /// A leaf's mark; meaningless at a split.
    #[inline]
    pub(crate) fn mark(self) -> u32 {
        self.threshold.to_bits() & (MAX_MARKS as u32 - 1)
    }
    pub(crate) fn is_leaf(self) -> bool {
        self.link >> 12 == 0
    }
    pub(crate) fn words(self) -> [u32; 2] {
        [self.threshold.to_bits(), self.link]
    }
    pub(crate) fn from_words([threshold, link]: [u32; 2]) -> Node {
        Node { threshold: f32::from_bits(threshold), link }
    }
}

/// Leaves' thresholds are not numbers, so nodes are compared by their bits.
impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        self.words() == other.words()
    }
}

/// Several trees in one array.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Trees {
    pub(crate) nodes: Vec<Node>,
    pub(crate) roots: Vec<u32>,
}

impl Trees {
    /// Adds the nodes of one tree, the root first.
    pub(crate) fn push(&mut self, tree: impl IntoIterator<Item = Node>) {
        self.roots.push(self.nodes.len() as u32);
        self.nodes.extend(tree);
    }

    /// Calls `leaf` with the position of the leaf that the row reaches in each tree, in their order.
    #[inline]
    pub(crate) fn walk(&self, row: &[f32], leaf: impl FnMut(u32)) {
        self.walk_from(&self.roots, row, leaf);
    }

    /// Walks like [`Self::walk`] from some of the roots.
    #[inline]
    pub(crate) fn walk_from(&self, roots: &[u32], row: &[f32], mut leaf: impl FnMut(u32)) {
        let (groups, rest) = roots.as_chunks::<LANES>();
        for group in groups {
            let mut at = *group;
            loop {
                let mut moved = 0;
                for step in 0..STRIDE {
                    for a in &mut at {
                        let node = self.nodes[*a as usize];
                        *a += node.ahead() + u32::from(row[node.feature()] > node.threshold);
                        // Only the last step tells: who stood at a leaf before it stands there still.
                        moved |= if step + 1 == STRIDE { node.ahead() } else { 0 };
                    }
                }
                if moved == 0 {
                    break;
                }
            }
            at.into_iter().for_each(&mut leaf);
        }
        for &root in rest {
            leaf(self.descend(root, row));
        }
    }

    /// The leaf that a row reaches from a root.
    #[inline]
    pub(crate) fn descend(&self, root: u32, row: &[f32]) -> u32 {
        let mut at = root;
        loop {
            let node = self.nodes[at as usize];
            if node.is_leaf() {
                return at;
            }
            at += node.ahead() + u32::from(row[node.feature()] > node.threshold);
        }
    }

    /// Calls `leaf` with (row, leaf) for many rows of `width` columns. A row meets its trees in their order; the
    /// rows are taken a block at a time, so that a tree stays in the cache while they pass.
    pub(crate) fn walk_all(&self, rows: &[f32], width: usize, mut leaf: impl FnMut(usize, u32)) {
        if width == 0 {
            return;
        }
        let mut padded = vec![[0.0_f32; PADDED]; if width <= PADDED { BLOCK } else { 0 }];
        let mut buffer = vec![Node::leaf(0); LARGEST];
        for (block, rows) in rows.chunks(BLOCK * width).enumerate() {
            let count = rows.len() / width;
            for (wide, row) in padded.iter_mut().zip(rows.chunks_exact(width)) {
                wide[..width].copy_from_slice(row);
            }
            for (i, &root) in self.roots.iter().enumerate() {
                let end = self.roots.get(i + 1).map_or(self.nodes.len(), |&next| next as usize);
                let tree = self.nodes.get(root as usize..end).unwrap_or_default();
                let mut tell = |row: usize, at: u32| leaf(block * BLOCK + row, root + at);
                let whole = padded.get(..count).filter(|_| !tree.is_empty());
                match (whole, tree.len()) {
                    (Some(rows), ..=512) => pass::<512>(tree, &mut buffer, rows, &mut tell),
                    (Some(rows), ..=1024) => pass::<1024>(tree, &mut buffer, rows, &mut tell),
                    (Some(rows), ..=2048) => pass::<2048>(tree, &mut buffer, rows, &mut tell),
                    (Some(rows), ..=LARGEST) => pass::<LARGEST>(tree, &mut buffer, rows, &mut tell),
                    _ => {
                        for (row, values) in rows.chunks_exact(width).enumerate() {
                            tell(row, self.descend(root, values) - root);
                        }
                    }
                }
            }
        }
    }

    /// Splits a score into what each column added (Saabas 2014): on every path, what the expected outcome, given
    /// by node, rose or fell by at each split. Adds to `moved`, by column; base and sum make the total exactly but
    /// for rounding.
    ///
    /// Of many trees only every `stride`-th is asked, which costs less; returns how many were.
    pub(crate) fn explain(&self, expected: &[f32], row: &[f32], stride: usize, moved: &mut [f32]) -> usize {
        let asked = self.roots.iter().step_by(stride.max(1));
        let count = asked.len();
        for &root in asked {
            let mut at = root as usize;
            loop {
                let node = self.nodes[at];
                if node.is_leaf() {
                    break;
                }
                let next = at + (node.ahead() + u32::from(row[node.feature()] > node.threshold)) as usize;
                moved[node.feature()] += expected[next] - expected[at];
                at = next;
            }
        }
        count
    }

    /// Returns the reason why these trees, read from a file, must not be walked over rows of `width` columns, if so.
    /// Leaves' marks must be below `marks`.
    pub(crate) fn fault(&self, width: usize, marks: usize) -> Option<String> {
        let count = self.nodes.len();
        if count == 0 || self.roots.first() != Some(&0) {
            return Some(format!("{count} nodes, first root {:?}", self.roots.first()));
        }
        let ends = self.roots.iter().skip(1).map(|&root| root as usize).chain([count]);
        self.roots.iter().map(|&root| root as usize).zip(ends).find_map(|(root, end)| {
            if root >= end || end > count {
                return Some(format!("a tree of nodes {root} to {end} out of {count}"));
            }
            // Children stand after their parent and in its tree, so walks end, and those over a copy of the tree too.
            let sound = |at: usize| {
                let node = self.nodes[at];
                if node.is_leaf() {
                    node.threshold.is_nan() && node.feature() == 0 && (node.mark() as usize) < marks
                } else {
                    at + (node.ahead() as usize) + 1 < end
                        && !node.threshold.is_nan()
                        && node.feature() < width
                }
            };
            (root..end).find(|&at| !sound(at)).map(|at| format!("node {at} is malformed"))
        })
    }
}

/// Nodes of the largest tree that is copied into an array of a fixed size.
const LARGEST: usize = 4096;

/// Walks rows through one tree, copied into an array of `N` nodes, a power of two: positions and columns are cut to
/// size by a mask, which costs less than a check.
#[inline]
fn pass<const N: usize>(
    tree: &[Node],
    buffer: &mut [Node],
    rows: &[[f32; PADDED]],
    leaf: &mut impl FnMut(usize, u32),
) {
    let Some(nodes) = buffer.first_chunk_mut::<N>() else { return };
    nodes[..tree.len()].copy_from_slice(tree);
    let nodes = &*nodes;
    let step = |at: &mut u32, row: &[f32; PADDED]| {
        let node = nodes[*at as usize & (N - 1)];
        *at += node.ahead() + u32::from(row[node.feature() & (PADDED - 1)] > node.threshold);
        node.ahead()
    };
    let (groups, rest) = rows.as_chunks::<LANES>();
    for (g, group) in groups.iter().enumerate() {
        let mut at = [0_u32; LANES];
        loop {
            let mut moved = 0;
            for s in 0..STRIDE {
                for (a, row) in at.iter_mut().zip(group) {
                    let ahead = step(a, row);
                    moved |= if s + 1 == STRIDE { ahead } else { 0 };
                }
            }
            if moved == 0 {
                break;
            }
        }
        for (l, &a) in at.iter().enumerate() {
            leaf(g * LANES + l, a);
        }
    }
    for (i, row) in rest.iter().enumerate() {
        let mut at = 0;
        while step(&mut at, row) != 0 {}
        leaf(groups.len() * LANES + i, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two trees: x ≤ 1 → 5 | (y ≤ 2 → 6 | 7), and a lone leaf.
    fn trees() -> Trees {
        let mut trees = Trees::default();
        trees.push([
            Node::split(0, 1.0, 1),
            Node::leaf(5),
            Node::split(1, 2.0, 1),
            Node::leaf(6),
            Node::leaf(7),
        ]);
        trees.push([Node::leaf(9)]);
        trees
    }

    #[test]
    fn rows_reach_their_leaves_one_by_one_and_in_blocks() {
        let trees = trees();
        let rows: Vec<f32> = (0..600).flat_map(|i| [(i % 3) as f32, (i % 5) as f32]).collect();
        let mut marks = vec![Vec::new(); 600];
        trees.walk_all(&rows, 2, |row, leaf| marks[row].push(trees.nodes[leaf as usize].mark()));
        for (row, found) in rows.chunks_exact(2).zip(&marks) {
            let expected = if row[0] <= 1.0 {
                5
            } else if row[1] <= 2.0 {
                6
            } else {
                7
            };
            assert_eq!(found, &[expected, 9]);
            let mut walked = Vec::new();
            trees.walk(row, |leaf| walked.push(trees.nodes[leaf as usize].mark()));
            assert_eq!(&walked, found);
        }
    }

    #[test]
    fn columns_account_for_the_whole_score() {
        let expected = [0.5, 0.2, 0.8, 0.6, 1.0, 0.3];
        let mut moved = [0.0; 2];
        assert_eq!(trees().explain(&expected, &[3.0, 4.0], 1, &mut moved), 2);
        assert!((moved[0] - 0.3).abs() < 1e-6 && (moved[1] - 0.2).abs() < 1e-6, "{moved:?}");
    }

    #[test]
    fn malformed_trees_are_found() {
        assert_eq!(trees().fault(2, 10), None);
        assert!(trees().fault(1, 10).is_some(), "a column that rows lack");
        assert!(trees().fault(2, 9).is_some(), "a mark beyond the leaves' values");
        let mut broken = trees();
        broken.nodes[2] = Node::split(1, 2.0, 40);
        assert!(broken.fault(2, 10).is_some());
        broken.nodes[2] = Node::from_words([1.0_f32.to_bits(), 0]);
        assert!(broken.fault(2, 10).is_some(), "a leaf with a number for a threshold");
        broken.nodes[2] = Node::split(1, 2.0, 2);
        assert!(broken.fault(2, 10).is_some(), "a child in the next tree");
        for roots in [vec![], vec![1], vec![0, 0], vec![0, 5, 5], vec![0, 6], vec![0, 5, 2]] {
            let shown = format!("{roots:?}");
            assert!(Trees { roots, ..trees() }.fault(2, 10).is_some(), "{shown}");
        }
    }
}
