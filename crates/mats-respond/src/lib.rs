//! Response Agent: threat intelligence to actions.
