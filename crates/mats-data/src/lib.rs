//! Read and write telemetry in real formats.
