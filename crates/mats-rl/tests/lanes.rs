use mats_rl::toys::{CartPole, TwoIncidents};
use mats_rl::{Env, Lanes, VecEnv};

/// Buffers after each of 60 steps, with actions that depend on what is seen.
fn play<E: Env + Clone + Sync>(env: &E, lanes: usize, seed: u64, threads: usize) -> Vec<Lanes> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let mut lanes = VecEnv::new(vec![env.clone(); lanes], seed);
        let mut buffers = lanes.buffers();
        lanes.reset(&mut buffers);
        let mut seen = vec![buffers.clone()];
        for _ in 0..60 {
            let rows = buffers.observations.chunks_exact(env.spec().observation);
            let actions: Vec<usize> = rows.map(|row| usize::from(row.iter().sum::<f32>() > 0.0)).collect();
            lanes.step(&actions, &mut buffers);
            seen.push(buffers.clone());
        }
        seen
    })
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let bits = |seen: &[Lanes]| -> Vec<u32> {
        seen.iter()
            .flat_map(|s| s.observations.iter().chain(&s.last_observations))
            .map(|x| x.to_bits())
            .collect()
    };
    let one = play(&CartPole::new(40), 7, 3, 1);
    for threads in [2, 5] {
        let many = play(&CartPole::new(40), 7, 3, threads);
        assert_eq!(bits(&one), bits(&many));
        assert_eq!(one, many);
    }
    assert_ne!(bits(&one), bits(&play(&CartPole::new(40), 7, 4, 1)), "the seed matters");
    assert_eq!(play(&TwoIncidents::default(), 4, 9, 1), play(&TwoIncidents::default(), 4, 9, 3));
}

#[test]
fn a_lane_does_not_depend_on_its_neighbours() {
    let (few, many) = (play(&CartPole::new(40), 2, 3, 1), play(&CartPole::new(40), 6, 3, 2));
    for (a, b) in few.iter().zip(&many) {
        assert_eq!(a.observations[..], b.observations[..8]);
        assert_eq!(a.steps[..], b.steps[..2]);
    }
}

#[test]
fn an_ended_episode_leaves_its_last_state_and_the_next_begins() {
    let mut lanes = VecEnv::new(vec![CartPole::new(3); 2], 1);
    let mut buffers = lanes.buffers();
    lanes.reset(&mut buffers);
    let first = buffers.observations.clone();
    for step in 1..=3 {
        lanes.step(&[0, 1], &mut buffers);
        assert!(buffers.steps.iter().all(|s| s.truncated == (step == 3) && !s.terminated));
        assert_eq!(lanes.shares(1), [(0, 1.0)]);
    }
    // Pushed thrice, a cart is fast; a fresh one is at rest.
    assert!(buffers.last_observations[1] < -0.4 && buffers.last_observations[5] > 0.4);
    assert!(buffers.observations.iter().all(|x| x.abs() <= 0.05));
    assert_ne!(buffers.observations, first, "a new episode has a new seed");
}
