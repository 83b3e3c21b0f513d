//! What attackers' access costs: machines held and accounts stolen, by the hour and in the settlement.

use crate::support::{agent, order_about, scenario, tutorial_detector};
use mats_core::{Action, Duration, Target, UserId};
use mats_gym::{DefenceGame, GameSettings};
use mats_rl::Env;
use mats_scenario::Scenario;
use mats_sim::{CostKind, Plan, Telemetry, World};
use std::sync::Arc;

const MINUTE: Duration = Duration::from_minutes(1);

fn world(name: &str, change: impl FnOnce(&mut Scenario)) -> World {
    let mut scenario = scenario(name);
    scenario.campaigns.count = vec![0.0, 1.0];
    for action in &mut scenario.response.actions {
        action.failure = 0.0;
    }
    change(&mut scenario);
    World::new(Arc::new(Plan::new(scenario)))
}

fn minute(world: &mut World) {
    world.advance(world.now() + MINUTE, &mut Telemetry::default());
}

/// Accounts that attackers can use at the moment: anybody's, administrators'.
fn stolen(world: &World) -> [usize; 2] {
    let inventory = &world.plan().scenario.inventory;
    let usable = |user: &&UserId| !world.posture().is_disabled(**user);
    let active = world.attackers().iter().filter(|c| c.is_active());
    let accounts: Vec<UserId> = active.flat_map(|c| c.credentials.iter().filter(usable)).copied().collect();
    let admins = accounts.iter().filter(|&&user| inventory.user(user).admin).count();
    [accounts.len() - admins, admins]
}

#[test]
fn stolen_accounts_are_charged_by_the_hour_as_long_as_they_are_accepted() {
    // Whoever has given up is charged in the settlement alone; here none is.
    let mut world = world("ransomware", |s| s.reward.settlement_hours = 0.0);
    let mut seen = [0.0; 2];
    for seed in 0..4 {
        world.reset(seed);
        let mut hours = [0.0; 2];
        while world.now() < world.horizon() {
            let before = stolen(&world);
            minute(&mut world);
            for (hours, (before, after)) in hours.iter_mut().zip(before.into_iter().zip(stolen(&world))) {
                *hours += (before + after) as f64 / 2.0 / 60.0;
            }
        }
        world.settle();
        let ledger = world.ledger();
        let charged = [ledger.quantities.account_hours, ledger.quantities.admin_hours];
        for (charged, hours) in charged.iter().zip(hours) {
            assert!((charged - hours).abs() < 0.2, "seed {seed}: {charged} hours, seen {hours}");
        }
        let price = world.plan().scenario.reward.account_hour;
        let cost: f64 = ledger.accounts().iter().sum();
        assert!((cost - charged[0] * price[0] - charged[1] * price[1]).abs() < 1e-6 * (1.0 + cost));
        assert!(ledger.of(CostKind::Damage) >= cost);
        seen = [seen[0] + charged[0], seen[1] + charged[1]];
    }
    assert!(seen.iter().all(|&hours| hours > 1.0), "hardly an account was stolen: {seen:?}");
}

/// Runs until an attacker holds one account, and to `left` before the horizon; the account.
fn steal(world: &mut World, left: Duration) -> UserId {
    for seed in 0..60 {
        world.reset(seed);
        while world.now() + left < world.horizon() {
            minute(world);
        }
        let active = world.attackers().iter().find(|c| c.is_active());
        if let Some(&user) = active.and_then(|c| c.credentials.first())
            && stolen(world).iter().sum::<usize>() == 1
        {
            return user;
        }
    }
    panic!("no attacker holds an account on any of sixty seeds");
}

#[test]
fn a_theft_at_closing_time_is_not_free_and_a_reset_five_minutes_before_is_not_worth_a_night() {
    let closing = |reset: bool| {
        let mut world = world("ransomware", |s| {
            s.reward.account_hour = [8.0, 8.0];
            s.response.actions[Action::ResetCredentials as usize].minutes = 1.0;
        });
        let user = steal(&mut world, Duration::from_minutes(5));
        let held: usize = stolen(&world).iter().sum();
        let before: f64 = world.ledger().accounts().iter().sum();
        if reset {
            let home = world.plan().scenario.inventory.user(user).home;
            let target = Target { host: home, user: Some(user), address: None, domain: None };
            let order = order_about(Action::ResetCredentials, target);
            world.order(order);
        }
        while world.now() < world.horizon() {
            minute(&mut world);
        }
        world.settle();
        (world.ledger().accounts().iter().sum::<f64>() - before, held)
    };
    let ((kept, held), (renewed, _)) = (closing(false), closing(true));
    assert_eq!(held, 1, "one account, so that the sums are plain");
    // Two hours in full, and five minutes.
    assert!((kept - 8.0 * (2.0 + 5.0 / 60.0)).abs() < 0.2, "{kept}");
    assert!(renewed < 0.8 && kept - renewed < 17.0, "{renewed}");
}

#[test]
fn what_is_stolen_is_booked_on_the_campaign_that_stole_it() {
    let mut scenario = scenario("tutorial");
    (scenario.reward.shaping, scenario.campaigns.count) = (0.0, vec![0.0, 1.0]);
    let hosts = scenario.hosts.len() as u32;
    let plan = Arc::new(Plan::new(scenario));
    let source = agent(&plan, &tutorial_detector());
    let mut game = DefenceGame::new(&plan, source, GameSettings::default());
    let spec = game.spec();
    let (mut observation, mut mask) = (vec![0.0; spec.observation], vec![false; spec.actions]);
    let (mut with_accounts, mut nobodys) = (0, 0);
    for seed in 0..6 {
        game.reset(seed, &mut observation, &mut mask);
        let (mut campaign, mut total) = (0.0, 0.0);
        loop {
            let step = game.step(Action::Monitor as usize, &mut observation, &mut mask);
            campaign += game.shares().iter().filter(|s| s.0 == hosts).map(|s| f64::from(s.1)).sum::<f64>();
            total += f64::from(step.reward);
            if step.ended() {
                break;
            }
        }
        let accounts: f64 = game.world().ledger().accounts().iter().sum();
        with_accounts += u32::from(accounts > 1.0);
        nobodys += u32::from(game.world().ledger().accounts().len() != 1);
        assert!(-campaign >= accounts - 1e-3 * (1.0 + accounts), "seed {seed}: {campaign}, {accounts}");
        assert!((total + game.world().ledger().total()).abs() < 1e-3 * (1.0 + total.abs()), "seed {seed}");
    }
    assert!(with_accounts > 1 && nobodys == 0, "{with_accounts} with stolen accounts");
}
