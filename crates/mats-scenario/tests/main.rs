//! Tests of scenarios, their catalogue and what is said about mistakes in them.
//!
//! | file | holds |
//! |---|---|
//! | `mistakes` | each mistake an author can make is reported at its place, in words that help |
//! | `hopeless` | what can never work is a mistake, what hardly can a doubt, and no mistake hides another |
//! | `robust` | whatever a file holds, reading it ends quickly, without panic, with a message that is safe to print |
//! | `shipped` | what ships is valid, as large as it says, and documented |
//! | `catalogue` | true ATT&CK names, and nothing in an attack that benign life lacks |
//! | `catalogue_guide` | the text of `scenarios/CATALOGUE.md`, which `shipped` compares |
//! | `shared_data` | where the tables of ATT&CK and of known weaknesses lie |

mod scenario {
    mod catalogue;
    mod catalogue_guide;
    mod hopeless;
    mod mistakes;
    mod robust;
    mod shipped;
}

#[path = "../../../tests/shared_data.rs"]
mod shared_data;
