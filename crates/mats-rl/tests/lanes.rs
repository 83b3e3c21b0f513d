use mats_rl::toys::{CartPole, TwoIncidents};
use mats_rl::{Env, Lane, Pending, Trajectory, VecEnv, rollout};

/// Whom lanes ask, and how.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
    Apart,
    Together,
}

/// Follows what is seen.
fn lean<E>(pending: &Pending<'_, E>) -> usize {
    usize::from(pending.observation.iter().sum::<f32>() > 0.0) % pending.mask.len()
}

fn answer<E>(pending: &[Pending<'_, E>], actions: &mut [usize]) {
    for (pending, action) in pending.iter().zip(actions) {
        *action = lean(pending);
    }
}

/// Plays eleven episodes; what was decided in each.
fn play<E: Env + Clone + Sync>(env: &E, lanes: usize, threads: usize, asked: Asked) -> Vec<Trajectory> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let width = lanes;
    let mut lanes = VecEnv::new((0..width).map(|_| (env.clone(), ())));
    let seed = |episode: usize| 3 + episode as u64;
    let kept = |lane: &mut Lane<E>, _: usize| lane.trajectory.clone();
    pool.install(|| match asked {
        Asked::Apart => lanes.play_apart(11, seed, vec![answer::<E>; width], kept),
        Asked::Together => lanes.play_together(11, seed, answer::<E>, kept),
    })
}

#[test]
fn neither_lanes_nor_threads_nor_company_change_an_episode() {
    fn check<E: Env + Clone + Sync>(env: &E) {
        let mut alone = Vec::new();
        for episode in 0..11 {
            let mut trajectory = Trajectory::new(env.spec());
            let choose = |o: &[f32], mask: &[bool]| usize::from(o.iter().sum::<f32>() > 0.0) % mask.len();
            rollout(&mut env.clone(), 3 + episode, choose, &mut trajectory);
            alone.push(trajectory);
        }
        for asked in [Asked::Apart, Asked::Together] {
            for (lanes, threads) in [(1, 1), (4, 1), (4, 3), (16, 2)] {
                assert!(play(env, lanes, threads, asked) == alone, "{lanes} lanes, {threads} threads");
            }
        }
    }
    check(&CartPole::new(40));
    check(&TwoIncidents::default());
}

#[test]
fn who_is_asked_for_all_lanes_is_asked_in_their_order_whatever_the_threads() {
    let heard = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut lanes = VecEnv::new((0..4).map(|l| (CartPole::new(3 + l), ())));
        let mut heard = Vec::new();
        // A decider with a memory that all lanes share.
        let decide = |pending: &[Pending<'_, CartPole>], actions: &mut [usize]| {
            for (p, action) in pending.iter().zip(actions) {
                *action = heard.len() % 2;
                heard.push((p.lane, p.episode, p.decision));
            }
        };
        pool.install(|| lanes.play_together(9, |e| e as u64, decide, |_, _| ()));
        heard
    };
    let once = heard(1);
    assert_eq!(once[..4], [(0, 0, 0), (1, 1, 0), (2, 2, 0), (3, 3, 0)]);
    // The first lane's episodes are the shortest: its next one joins in at once.
    assert!(once.contains(&(0, 4, 0)) && once.contains(&(0, 8, 2)) && once.contains(&(3, 7, 5)));
    assert!(heard(2) == once && heard(5) == once);
    assert_eq!(once.len(), 3 * 3 + 2 * (4 + 5 + 6), "every decision of nine episodes, once");
}

/// Deciders that part sooner or later, or never: number *i* leans like the others but for every (i + 2)th decision.
fn stray(number: usize, decision: usize, lean: usize, actions: usize) -> usize {
    let strays = number % 5 < 4 && decision % (number % 5 * 3 + 2) == 1;
    if strays { (lean + 1) % actions } else { lean }
}

#[test]
fn episodes_that_begin_alike_end_as_if_each_had_been_played_alone() {
    fn check<E: Env + Clone + Sync>(env: &E) {
        // Three seeds, mixed; of each some episodes stray alike, and so remain one.
        let seeds: Vec<u64> = (0..24).map(|number| 5 + number % 3).collect();
        let alone: Vec<Trajectory> = (0..seeds.len())
            .map(|number| {
                let mut trajectory = Trajectory::new(env.spec());
                let mut decision = 0;
                let choose = |o: &[f32], mask: &[bool]| {
                    let lean = usize::from(o.iter().sum::<f32>() > 0.0) % mask.len();
                    decision += 1;
                    stray(number / 3, decision - 1, lean, mask.len())
                };
                rollout(&mut env.clone(), seeds[number], choose, &mut trajectory);
                trajectory
            })
            .collect();
        assert!(alone[0] != alone[3] && alone[0] == alone[15], "deciders part, and some do not");
        for (lanes, threads, forks) in [(1, 1, 0), (1, 1, 1), (1, 1, 64), (4, 3, 2), (16, 2, 64)] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut lanes = VecEnv::new((0..lanes).map(|_| (env.clone(), ())));
            let decide = |p: &Pending<'_, E>| stray(p.episode / 3, p.decision, lean(p), p.mask.len());
            let finish = |lane: &mut Lane<E>, _: usize| lane.trajectory.clone();
            let found = pool.install(|| lanes.play_forked(&seeds, forks, decide, finish));
            assert!(found == alone, "{threads} threads, {forks} forks");
        }
    }
    check(&CartPole::new(40));
    check(&TwoIncidents::default());
}

#[test]
fn no_episodes_are_no_results() {
    assert!(play(&CartPole::new(3), 16, 2, Asked::Together).len() == 11);
    let mut lanes = VecEnv::new([(CartPole::new(3), ())]);
    assert!(lanes.play_together(0, |_| 0, answer::<CartPole>, |_, n| n).is_empty());
}
