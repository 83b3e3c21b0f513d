//! The `mats` command.
fn main() {}
