//! A seeded network under attack.
