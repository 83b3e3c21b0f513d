//! How series are told apart: by colour, dash and marker together, so that no colour need be seen.

use plotters::style::RGBColor;

/// The colours `--c1` … `--c8` of the page's style, as it has them for light paper. On pages, the style maps them to what
/// suits the paper at hand.
pub const COLOURS: [RGBColor; 8] = [
    RGBColor(0x1f, 0x6f, 0xd0),
    RGBColor(0xc4, 0x50, 0x1b),
    RGBColor(0x2a, 0x8a, 0x4a),
    RGBColor(0x8a, 0x3f, 0xb0),
    RGBColor(0x9a, 0x74, 0x00),
    RGBColor(0xc0, 0x2a, 0x5a),
    RGBColor(0x0e, 0x7f, 0x8c),
    RGBColor(0x68, 0x70, 0x7a),
];
/// `--ink`, `--dim`, `--rule` and `--paper`.
pub const INK: RGBColor = RGBColor(0x1b, 0x1f, 0x24);
/// Colour of what is less important, as [`INK`].
pub const DIM: RGBColor = RGBColor(0x5b, 0x65, 0x70);
/// Colour of rules, as [`INK`].
pub const RULE: RGBColor = RGBColor(0xd5, 0xda, 0xe0);
/// Colour of the ground, as [`INK`].
pub const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);

/// Dash and gap in points; `None`: drawn through.
const DASHES: [Option<(i32, i32)>; 8] =
    [None, Some((9, 4)), Some((2, 3)), Some((5, 3)), Some((1, 3)), Some((14, 4)), Some((5, 6)), Some((3, 2))];

/// The look of a series. Two with different numbers below 8 differ in colour, dash and marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesStyle(pub usize);

/// Shapes of markers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A disc.
    Disc,
    /// A square.
    Square,
    /// A triangle.
    Triangle,
    /// A diamond.
    Diamond,
    /// A ring.
    Ring,
    /// A triangle on its tip.
    Tip,
    /// A diagonal cross.
    Cross,
    /// An upright cross.
    Plus,
}

impl SeriesStyle {
    /// The look that a defender has in all charts; others than the usual ones by their place among the rest.
    pub fn of(defender: &str, place: usize) -> SeriesStyle {
        const USUAL: [&str; 8] =
            ["policy", "playbook", "perfect-detector", "dqn", "random", "threshold", "oracle", "none"];
        SeriesStyle(USUAL.iter().position(|&name| name == defender).unwrap_or(place))
    }

    pub(super) fn colour(self) -> RGBColor {
        COLOURS[self.0 % COLOURS.len()]
    }

    pub(super) fn dash(self) -> Option<(i32, i32)> {
        DASHES[self.0 % DASHES.len()]
    }

    pub(super) fn shape(self) -> Shape {
        use Shape::{Cross, Diamond, Disc, Plus, Ring, Square, Tip, Triangle};
        [Disc, Square, Triangle, Diamond, Ring, Tip, Cross, Plus][self.0 % 8]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_that_the_style_maps() {
        let style = include_str!("../page/style.css");
        let hex = |c: RGBColor| format!("#{:02x}{:02x}{:02x}", c.0, c.1, c.2);
        let all = COLOURS.into_iter().zip(1..).map(|(c, i)| (format!("c{i}"), c));
        let rest =
            [("ink", INK), ("dim", DIM), ("rule", RULE), ("paper", PAPER)].map(|(n, c)| (n.to_owned(), c));
        for (name, colour) in all.chain(rest) {
            assert!(style.contains(&format!("--{name}: {}", hex(colour))), "{name}");
            for attribute in ["fill", "stroke"] {
                let upper = hex(colour).to_uppercase();
                assert!(style.contains(&format!("svg [{attribute}=\"{upper}\"]")), "{attribute} {name}");
            }
        }
    }
}
