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

#[test]
fn no_episodes_are_no_results() {
    assert!(play(&CartPole::new(3), 16, 2, Asked::Together).len() == 11);
    let mut lanes = VecEnv::new([(CartPole::new(3), ())]);
    assert!(lanes.play_together(0, |_| 0, answer::<CartPole>, |_, n| n).is_empty());
}
