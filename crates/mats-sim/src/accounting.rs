//! What time costs: machines and accounts that cannot be used, machines and accounts that attackers use, decoys that stand.
//!
//! What stands at the horizon is charged on, less and less, for the settlement: whoever comes next finds it. So a theft at closing
//! time is not free, and a reset five minutes before is not worth a night.

use crate::cost::CostKind;
use crate::red::{Campaign, Phase};
use crate::world::World;
use mats_core::{HostId, SimTime};

/// Share of a foothold's price that is charged at the horizon where it is isolated: somebody has to deal with it, but it does no
/// harm meanwhile.
const ISOLATED_SHARE: f64 = 0.25;

/// Hours from `from` to `to`, each weighed by how much of a price that falls in a straight line from 1 to 0 within `span` is left.
fn tapered(from: f64, to: f64, span: f64) -> f64 {
    let (from, to) = (from.clamp(0.0, span), to.clamp(0.0, span));
    if span > 0.0 { (to - from) * (1.0 - (from + to) / (2.0 * span)) } else { 0.0 }
}

/// Hours of a span during which a campaign's access is charged: all of them while it is active, and less and less after its end.
fn charged_hours(campaign: &Campaign, [from, to]: [SimTime; 2], settlement: f64) -> f64 {
    match campaign.phase {
        Phase::Dormant => 0.0,
        Phase::Active => to.since(from).hours(),
        Phase::Over(end) => tapered(from.since(end).hours(), to.since(end).hours(), settlement),
    }
}

impl World {
    /// Books what time has cost up to `to`.
    pub(crate) fn accrue(&mut self, to: SimTime) {
        let from = std::mem::replace(&mut self.state.accrued, to);
        if to <= from {
            return;
        }
        let scenario = &self.plan.scenario;
        let (inventory, reward) = (&scenario.inventory, &scenario.reward);
        let posture = &self.state.posture;
        let ledger = &mut self.state.ledger;
        let hours = to.since(from).hours();
        let connected = |host: HostId| posture.connected_within(host, from, to).hours();
        // Most of what a machine or an account is worth is charged by the sessions that fail; this is the rest.
        for &host in posture.unavailable() {
            let standing = (hours - connected(host)) * reward.night;
            ledger.add(CostKind::Disruption, host, standing * f64::from(inventory.host(host).value));
        }
        for &(user, host) in posture.disabled() {
            let info = inventory.user(user);
            let standing = connected(info.home) * reward.night;
            ledger.add(CostKind::Disruption, host, standing * f64::from(info.value));
        }
        for decoy in &posture.decoys {
            ledger.quantities.decoy_hours += hours;
            ledger.add(CostKind::Expense, decoy.host, hours * reward.decoy_hour);
        }
        for (c, campaign) in self.state.campaigns.iter().enumerate() {
            let charged = charged_hours(campaign, [from, to], reward.settlement_hours);
            for f in campaign.footholds.iter().filter(|f| f.alive) {
                ledger.hold_machine(
                    reward,
                    inventory.host(f.host),
                    f.host,
                    charged * connected(f.host) / hours,
                );
            }
            for &user in campaign.credentials.iter().filter(|&&user| !posture.is_disabled(user)) {
                ledger.hold_account(reward, inventory.user(user).admin, c, charged);
            }
        }
    }

    /// Charges what is left standing at the horizon. Call once, at the end.
    pub fn settle(&mut self) {
        if std::mem::replace(&mut self.state.settled, true) {
            return;
        }
        let scenario = &self.plan.scenario;
        let (inventory, reward) = (&scenario.inventory, &scenario.reward);
        let (now, posture, ledger) = (self.state.now, &self.state.posture, &mut self.state.ledger);
        let span = reward.settlement_hours;
        let whole = tapered(0.0, span, span);
        for (c, campaign) in self.state.campaigns.iter().enumerate() {
            let (charged, active) = match campaign.phase {
                Phase::Dormant => (0.0, false),
                Phase::Active => (whole, true),
                Phase::Over(end) => (tapered(now.since(end).hours(), span, span), false),
            };
            for f in campaign.footholds.iter().filter(|f| f.alive || (f.persistent || f.returning) && active)
            {
                let share = if posture.is_isolated(f.host) { ISOLATED_SHARE } else { 1.0 };
                ledger.hold_machine(reward, inventory.host(f.host), f.host, charged * share);
            }
            for &user in campaign.credentials.iter().filter(|&&user| !posture.is_disabled(user)) {
                ledger.hold_account(reward, inventory.user(user).admin, c, charged);
            }
        }
        for &host in posture.unavailable() {
            // An isolation lasts until somebody lifts it; a machine that restarts or is rebuilt comes back by itself.
            let down = posture.down_until(host, now).map_or(0.0, |t| t.since(now).hours());
            let hours = if posture.is_isolated(host) { whole } else { tapered(0.0, down, span) };
            ledger.add(CostKind::Disruption, host, hours * f64::from(inventory.host(host).value));
        }
        for &(user, host) in posture.disabled() {
            let info = inventory.user(user);
            if !posture.is_isolated(info.home) {
                ledger.add(CostKind::Disruption, host, whole * f64::from(info.value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::tapered;

    #[test]
    fn a_price_that_falls_to_nothing_is_charged_half_of_its_span() {
        assert_eq!(tapered(0.0, 4.0, 4.0), 2.0);
        assert_eq!(tapered(0.0, 1.0, 4.0), 0.875);
        assert_eq!(tapered(2.0, 9.0, 4.0), 0.5);
        assert_eq!((tapered(4.0, 9.0, 4.0), tapered(0.0, 3.0, 0.0)), (0.0, 0.0));
        let parts = tapered(0.0, 0.7, 4.0) + tapered(0.7, 3.1, 4.0) + tapered(3.1, 5.0, 4.0);
        assert!((parts - 2.0).abs() < 1e-12);
    }
}
