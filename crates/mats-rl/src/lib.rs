//! A small reinforcement learning library that knows nothing of security.
