//! TOML to a checked scenario; the catalogue of attack techniques; the JSON Schema.
