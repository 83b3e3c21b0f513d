//! How many episodes are under way at once. What an episode is depends on its number alone, and results come back in the order of
//! numbers (`mats_rl::VecEnv`), so the number of threads shows nowhere.

/// Lanes that play at once, whatever the number of threads.
pub const LANES: usize = 16;
