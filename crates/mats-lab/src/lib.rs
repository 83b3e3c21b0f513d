//! Experiments: many seeds, scenarios and defenders; metrics, statistics, reports.
