//! What the library as a whole promises, tested on toys with known answers.
//!
//! | module | promise |
//! |---|---|
//! | `contract` | toys pass the env checker, and it finds each kind of breach |
//! | `lanes` | stepping many environments gives the same bytes for any number of threads |
//! | `credit` | transitions of both credits are consistent with value iteration |
//! | `learning` | the DQN finds known optima, never leaves the mask, repeats itself by bytes |

mod contract;
mod credit;
mod lanes;
mod learning;
