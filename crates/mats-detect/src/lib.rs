//! Detection Agent: telemetry to threat intelligence.
