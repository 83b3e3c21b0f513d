//! Games in lanes. Every decision of the lab is asked for here.

use super::Decider;
use mats_core::Action;
use mats_core::random::Stream;
use mats_gym::{DefenceGame, Informed, TickObserver};
use mats_respond::{Decision, Defender, Episode};
use mats_rl::{Lane, Observer, Pending, VecEnv};
use mats_sim::World;

const DICE: u32 = 0xd1ce;

/// The seed of a defender's dice in an episode: they are never those of the world.
fn rng_seed(seed: u64) -> u64 {
    Stream::new(seed, DICE, 0).word(0)
}

/// Plays an episode of each seed; `finish` makes the result of an episode that has just ended in a lane.
pub fn play<W, O, R>(
    lanes: &mut VecEnv<DefenceGame<W>, O>,
    seeds: &[u64],
    decider: &mut Decider,
    finish: impl Fn(&mut Lane<DefenceGame<W>, O>, usize) -> R + Sync,
) -> Vec<R>
where
    W: TickObserver + Send,
    O: Observer<DefenceGame<W>> + Send,
    R: Send,
{
    match decider {
        Decider::Plain(defender) => play_plain(lanes, seeds, &mut **defender, finish),
        Decider::Privileged(informed) => {
            let copies = lanes.lanes().iter().map(|_| informed.for_lane()).collect::<Option<Vec<_>>>();
            run(lanes, seeds, copies, &mut **informed, ask_informed, finish)
        }
    }
}

/// Plays as [`play`] with a defender that sees what defenders could know.
pub fn play_plain<W, O, R>(
    lanes: &mut VecEnv<DefenceGame<W>, O>,
    seeds: &[u64],
    defender: &mut (dyn Defender + 'static),
    finish: impl Fn(&mut Lane<DefenceGame<W>, O>, usize) -> R + Sync,
) -> Vec<R>
where
    W: TickObserver + Send,
    O: Observer<DefenceGame<W>> + Send,
    R: Send,
{
    let copies = lanes.lanes().iter().map(|_| defender.for_lane()).collect::<Option<Vec<_>>>();
    run(lanes, seeds, copies, defender, ask, finish)
}

/// Lanes apart where each has a copy of the decider, else together.
fn run<W, O, R, D: ?Sized + Send>(
    lanes: &mut VecEnv<DefenceGame<W>, O>,
    seeds: &[u64],
    copies: Option<Vec<Box<D>>>,
    shared: &mut D,
    ask: impl Fn(&mut D, &[u64], &[Pending<'_, DefenceGame<W>>], &mut [usize]) + Sync,
    finish: impl Fn(&mut Lane<DefenceGame<W>, O>, usize) -> R + Sync,
) -> Vec<R>
where
    W: TickObserver + Send,
    O: Observer<DefenceGame<W>> + Send,
    R: Send,
{
    let seed = |number: usize| seeds[number];
    if let Some(copies) = copies {
        let ask = &ask;
        let asking = |mut copy: Box<D>| {
            move |pending: &[Pending<'_, DefenceGame<W>>], actions: &mut [usize]| {
                ask(&mut *copy, seeds, pending, actions);
            }
        };
        return lanes.play_apart(seeds.len(), seed, copies.into_iter().map(asking).collect(), finish);
    }
    let ask = |pending: &[Pending<'_, DefenceGame<W>>], actions: &mut [usize]| {
        ask(shared, seeds, pending, actions);
    };
    lanes.play_together(seeds.len(), seed, ask, finish)
}

/// Returns the pending decision, as defenders see it.
pub(crate) fn decision<'a, W: TickObserver>(
    seeds: &[u64],
    pending: &Pending<'a, DefenceGame<W>>,
) -> Decision<'a> {
    let Pending { env, observation, mask, episode: number, lane, decision } = *pending;
    env.decision(observation, mask, Episode { number, lane, decision, rng_seed: rng_seed(seeds[number]) })
}

fn ask<W: TickObserver>(
    defender: &mut (dyn Defender + 'static),
    seeds: &[u64],
    pending: &[Pending<'_, DefenceGame<W>>],
    actions: &mut [usize],
) {
    answer(seeds, pending, actions, |decisions, chosen| defender.decide(decisions, chosen));
}

fn ask_informed<W: TickObserver>(
    informed: &mut (dyn Informed + 'static),
    seeds: &[u64],
    pending: &[Pending<'_, DefenceGame<W>>],
    actions: &mut [usize],
) {
    answer(seeds, pending, actions, |decisions, chosen| {
        if let [one] = pending {
            informed.decide(&[one.env.world()], decisions, chosen);
        } else {
            let worlds: Vec<&World> = pending.iter().map(|p| p.env.world()).collect();
            informed.decide(&worlds, decisions, chosen);
        }
    });
}

/// Has decisions made about all that is pending. One alone takes no memory.
fn answer<W: TickObserver>(
    seeds: &[u64],
    pending: &[Pending<'_, DefenceGame<W>>],
    actions: &mut [usize],
    decide: impl FnOnce(&[Decision<'_>], &mut [Action]),
) {
    if let [one] = pending {
        let mut chosen = [Action::Monitor];
        decide(&[decision(seeds, one)], &mut chosen);
        actions[0] = chosen[0] as usize;
        return;
    }
    let decisions: Vec<Decision<'_>> = pending.iter().map(|p| decision(seeds, p)).collect();
    let mut chosen = vec![Action::Monitor; decisions.len()];
    decide(&decisions, &mut chosen);
    for (action, chosen) in actions.iter_mut().zip(chosen) {
        *action = chosen as usize;
    }
}
