//! The defence game: simulation and detection as one environment.
