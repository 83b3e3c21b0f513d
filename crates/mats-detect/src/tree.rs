//! Flat binary trees of 8-byte nodes, walked several at a time: what both forests are made of.

/// Trees walked at once, so that one walk's cache miss hides behind the others.
const LANES: usize = 10;

/// A node. A row goes to `child` when its feature is at most the threshold, else to `child + 1`. A leaf's
/// threshold is infinite and its child is itself, so that walks of unequal length need no branch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Node {
    threshold: f32,
    /// Child in the upper 24 bits; feature, or a leaf's own mark, in the lower 8.
    link: u32,
}

impl Node {
    pub(crate) fn split(feature: u8, threshold: f32, child: u32) -> Node {
        Node { threshold, link: child << 8 | u32::from(feature) }
    }
    /// A leaf at position `at`. `mark` is kept where a split has its feature; it must be a valid column.
    pub(crate) fn leaf(at: u32, mark: u8) -> Node {
        Node { threshold: f32::INFINITY, link: at << 8 | u32::from(mark) }
    }
    pub(crate) fn child(self) -> u32 {
        self.link >> 8
    }
    pub(crate) fn feature(self) -> u8 {
        self.link as u8
    }
    pub(crate) fn is_leaf(self) -> bool {
        self.threshold == f32::INFINITY
    }
    pub(crate) fn words(self) -> [u32; 2] {
        [self.threshold.to_bits(), self.link]
    }
    pub(crate) fn from_words([threshold, link]: [u32; 2]) -> Node {
        Node { threshold: f32::from_bits(threshold), link }
    }
}

/// Several trees in one array.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trees {
    pub(crate) nodes: Vec<Node>,
    pub(crate) roots: Vec<u32>,
    /// Splits on the longest path.
    pub(crate) depth: u32,
}

impl Trees {
    /// Calls `leaf` with the position of the leaf that the row reaches from each of some roots, in their order.
    #[inline]
    pub(crate) fn walk(&self, roots: &[u32], row: &[f32], mut leaf: impl FnMut(u32)) {
        let (groups, rest) = roots.as_chunks::<LANES>();
        for group in groups {
            let mut at = *group;
            for _ in 0..self.depth {
                for a in &mut at {
                    *a = self.step(*a, row);
                }
            }
            at.into_iter().for_each(&mut leaf);
        }
        for &root in rest {
            let mut at = root;
            for _ in 0..self.depth {
                at = self.step(at, row);
            }
            leaf(at);
        }
    }

    #[inline]
    fn step(&self, at: u32, row: &[f32]) -> u32 {
        let node = self.nodes[at as usize];
        node.child() + u32::from(row[node.feature() as usize] > node.threshold)
    }

    /// Why these trees, read from a file, must not be walked over rows of `width` columns, if so.
    pub(crate) fn fault(&self, width: usize) -> Option<String> {
        let count = self.nodes.len();
        if count == 0 || count >= 1 << 24 || self.roots.is_empty() || self.depth > 64 {
            return Some(format!("{count} nodes, {} roots, depth {}", self.roots.len(), self.depth));
        }
        if let Some(root) = self.roots.iter().find(|&&r| r as usize >= count) {
            return Some(format!("root {root} lies beyond {count} nodes"));
        }
        self.nodes.iter().enumerate().find_map(|(i, node)| {
            let child = node.child() as usize;
            // Children stand after their parent, so walks end.
            let fits = if node.is_leaf() { child == i } else { child > i && child + 1 < count };
            let sound = fits && !node.threshold.is_nan() && (node.feature() as usize) < width;
            (!sound).then(|| format!("node {i} is malformed"))
        })
    }
}
