use super::error::ForestError;
use super::grow::GrownTree;
use super::model::Forest;
use crate::tree::{MAX_MARKS, Node, Trees};

/// All trees in one array, their mixed leaves numbered through.
pub(super) fn assemble(
    grown: impl Iterator<Item = GrownTree>,
    classes: usize,
    width: usize,
) -> Result<Forest, ForestError> {
    let mut leaves: Vec<f32> =
        (0..classes * classes).map(|i| f32::from(u8::from(i / classes == i % classes))).collect();
    let (mut trees, mut expected, mut importances) = (Trees::default(), vec![], vec![0.0_f64; width]);
    for tree in grown {
        let first = (leaves.len() / classes - classes) as u32;
        let renumbered = |node: Node| {
            if node.is_leaf() && node.mark() as usize >= classes {
                Node::leaf(node.mark() + first)
            } else {
                node
            }
        };
        leaves.extend(&tree.mixed);
        if leaves.len() / classes >= MAX_MARKS {
            return Err(ForestError::Input {
                what: "more mixed leaves than a forest can hold".to_owned(),
                cure: "ask for fewer trees or larger leaves",
            });
        }
        trees.push(tree.nodes.into_iter().map(renumbered));
        expected.extend(tree.expected);
        let total: f64 = tree.decrease.iter().sum();
        if total > 0.0 {
            importances.iter_mut().zip(&tree.decrease).for_each(|(sum, d)| *sum += d / total);
        }
    }
    let total: f64 = importances.iter().sum();
    let scale = if total > 0.0 { 1.0 / total } else { 0.0 };
    let importances = importances.into_iter().map(|i| (i * scale) as f32).collect();
    Ok(Forest { trees, leaves, classes, width, expected, importances })
}
