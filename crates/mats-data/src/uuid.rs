//! UUID version 5 (RFC 9562): the same content always has the same identifier.

use uuid::Uuid;

/// The namespace of this project's identifiers: the version 5 UUID of `mats.example` among domain names.
pub const NAMESPACE: Uuid = Uuid::from_u128(0xce8761ba_f1915f9f_b1dfc30d_47802efe);

/// The version 5 UUID of a name in a namespace.
pub fn v5(namespace: Uuid, name: &[u8]) -> Uuid {
    Uuid::new_v5(&namespace, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_those_of_the_standard() {
        assert_eq!(NAMESPACE, v5(Uuid::NAMESPACE_DNS, b"mats.example"));
        let example = v5(Uuid::NAMESPACE_DNS, b"www.example.com");
        assert_eq!(example.to_string(), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    }
}
