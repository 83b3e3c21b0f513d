//! Tests of the Response Agent.
//!
//! | file | holds |
//! |---|---|
//! | `playbook` | the shipped table answers every threat, and as a person would expect |
//! | `text` | TOML in and out: round trip, and every mistake at its place |
//! | `refine` | learnt rows go in, pinned rules stay, the table stays small |
//! | `guardrails` | never-isolate, hourly limit, approval, snapshot |

mod respond {
    mod guardrails;
    mod playbook;
    mod refine;
    mod text;
}
