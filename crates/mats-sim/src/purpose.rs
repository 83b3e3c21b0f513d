//! What each random stream is for. Numbers are part of the meaning of a seed: never reuse one.

pub const EPISODE: u32 = 1;
pub const USER: u32 = 2;
pub const HOST: u32 = 3;
pub const USER_GAP: u32 = 4;
pub const HOST_GAP: u32 = 5;
pub const JOB: u32 = 6;
pub const CAMPAIGN: u32 = 7;
pub const ATTEMPT: u32 = 8;
pub const TARGET: u32 = 9;
pub const SITE: u32 = 10;
pub const VULNERABLE: u32 = 11;
pub const ORDER: u32 = 12;
pub const FEED: u32 = 13;
pub const REVIVE: u32 = 14;
pub const SOFTWARE: u32 = 15;
pub const SHIFT: u32 = 17;
pub const PRESENCE: u32 = 18;
pub const PEOPLE: u32 = 19;
pub const HABIT: u32 = 20;
pub const LINK: u32 = 21;
pub const LIE_LOW: u32 = 22;
pub const VISIT: u32 = 23;
pub const SCENARIO: u32 = 24;
pub const AGENT: u32 = 25;
pub const HIDDEN: u32 = 26;
pub const REACTION: u32 = 27;
