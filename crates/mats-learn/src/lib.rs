//! Learning Agent: outcomes to policy refinements and model updates.
