//! Records in, verdicts out, one by one.
