//! What the library as a whole promises, tested on toys with known answers.
//!
//! | module | promise |
//! |---|---|
//! | `contract` | toys pass the env checker, and it finds each kind of breach |
//! | `lanes` | episodes played in lanes are the same for any number of lanes and threads |
//! | `credit` | transitions of both credits are consistent with value iteration |
//! | `learning` | the DQN finds known optima, never leaves the mask, repeats itself by bytes |

mod contract;
mod credit;
mod lanes;
mod learning;
