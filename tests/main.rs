//! The tests of the whole house, in one binary. Each crate tests its own room; here is what takes several.
//!
//! | module | holds |
//! |---|---|
//! | [`flow`] | the guided tour: one scripted attack through every room, and what it looks like in each |
//! | [`explanation`] | what a threat is said to look like, against what it is |
//! | [`actions`] | what the actions of a defender do, cost and undo |
//! | [`allocations`] | nothing is allocated per record or step; the memory of a lane |
//! | [`architecture`] | which crate may know which, that files do not import each other in circles, and that all share one set of lints |
//! | [`red`] | attackers who meet resistance; what each episode draws anew |
//! | [`resistance`] | attackers against whom killing alone is not enough |
//! | [`scenarios`] | what the shipped scenarios and the catalogue promise |
//! | [`determinism`] | the same seed gives the same bytes, whatever happens in between |
//! | [`pairing`] | what episodes of equal seeds share: all within a scenario's name, nothing beyond |
//! | [`prices`] | what attackers' access costs |
//! | [`game`] | the rules of the defence game: costs, masks, guardrails, timing |
//! | [`view`] | what a defender knows of its cases where several meet |
//! | [`figures`] | what figures must say of defenders that everybody can rank |
//! | [`leakage`] | no single record gives an attacker away |
//! | [`cells`] | no rare kind of record on some role of machine belongs mostly to attackers |
//! | [`realism`] | telemetry has the rhythm, the sizes and the mixture of real networks |
//! | [`sizes`] | what larger detectors would buy |
//! | [`cli`] | the command from outside: exit codes, messages, files, thread counts |
//! | [`batch`] | experiments: killed and resumed, split and joined |
//! | [`faults`] | damaged, lost, linked and piped files; killed runs; settings that cannot be |
//! | [`defenders`] | defenders by name and anybody's: read once, repeated from a folder, asked in order |
//! | [`detect`] | `mats detect` from outside: fit, evaluate, score, and what is not well-formed |
//! | [`detect_records`] | `mats detect` and what records are: none forged, none lost in silence, labels and streams |
//! | [`report`] | `mats report`: one page that needs nothing else, whatever texts a run holds; in a browser, too |
//! | [`replay`] | `mats replay` from outside: the same episode, pages that are safe and small, a browser that draws them |
//! | [`shared_data`] | where real data lie, and word that they do not |
//! | [`support`] | what they share: scenarios, fitted detectors, dice |

mod actions;
mod allocations;
mod architecture;
mod batch;
mod cells;
mod cli;
mod defenders;
mod detect;
mod detect_records;
mod determinism;
mod explanation;
mod faults;
mod figures;
mod flow;
mod game;
mod leakage;
mod pairing;
mod prices;
mod realism;
mod red;
mod replay;
mod report;
mod resistance;
mod scenarios;
mod shared_data;
mod sizes;
mod support;
mod view;
