//! What attackers hold, and how defenders take it away.

use super::campaign::{Foothold, Phase};
use crate::event::Event;
use crate::purpose;
use crate::truth::Hold;
use crate::world::World;
use mats_core::random::Stream;
use mats_core::{Duration, HostId, SimTime, UserId};

/// Median minutes until a killed foothold comes back by itself.
const REVIVE_MINUTES: f64 = 60.0;

impl World {
    /// Whether any attacker controls a machine, isolated or not.
    pub fn is_held(&self, host: HostId) -> bool {
        self.state.campaigns.iter().any(|c| c.footholds.iter().any(|f| f.host == host && f.alive))
    }

    /// Whether an attacker holds a machine or would come back to it by itself. Truth.
    pub fn is_haunted(&self, host: HostId) -> bool {
        let campaigns = self.state.campaigns.iter();
        campaigns.flat_map(|c| &c.footholds).any(|f| f.host == host && (f.alive || f.persistent))
    }

    /// Whether any attacker has a valid credential of an account.
    pub fn is_stolen(&self, user: UserId) -> bool {
        self.state.campaigns.iter().any(|c| c.credentials.contains(&user))
    }

    pub(crate) fn gain_foothold(&mut self, index: u32, host: HostId, account: Option<UserId>) {
        let now = self.state.now;
        let footholds = &mut self.state.campaigns[index as usize].footholds;
        if let Some(f) = footholds.iter_mut().find(|f| f.host == host) {
            if f.alive {
                return;
            }
            *f = Foothold { alive: true, account, revived: f.revived + 1, ..*f };
        } else {
            footholds.push(Foothold {
                host,
                admin: false,
                persistent: false,
                alive: true,
                account,
                revived: 0,
            });
        }
        self.state.holds.push(Hold { host, campaign: index, from: now, until: SimTime::NEVER });
    }

    /// Ends all footholds on a machine. `roots_out` removes persistence too; otherwise persistent ones return.
    pub(crate) fn kill_footholds(&mut self, host: HostId, roots_out: bool) {
        let now = self.state.now;
        for (c, campaign) in self.state.campaigns.iter_mut().enumerate() {
            for (f, foothold) in campaign.footholds.iter_mut().enumerate().filter(|(_, f)| f.host == host) {
                if foothold.alive {
                    campaign.hindered = true;
                    foothold.alive = false;
                    if foothold.persistent && !roots_out {
                        let entity = (c as u64) << 32 | f as u64;
                        let word = Stream::new(self.state.seed, purpose::REVIVE, entity)
                            .word(u64::from(foothold.revived));
                        let minutes = REVIVE_MINUTES * f64::from(self.plan.shapes.effort.sample(word));
                        let back = Event::Revive(c as u32, f as u32, foothold.revived);
                        self.state.queue.push(now + Duration::from_seconds(minutes * 60.0), back);
                    }
                }
                if roots_out {
                    foothold.persistent = false;
                    foothold.admin = false;
                }
            }
        }
        for hold in self.state.holds.iter_mut().filter(|h| h.host == host && h.until == SimTime::NEVER) {
            hold.until = now;
        }
    }

    /// A persistent foothold comes back, unless it was rooted out meanwhile.
    pub(crate) fn revive(&mut self, index: u32, foothold: u32, before: u32) {
        let campaign = &self.state.campaigns[index as usize];
        let f = campaign.footholds[foothold as usize];
        let gone =
            f.alive || !f.persistent || f.revived != before || matches!(campaign.phase, Phase::Over(_));
        if gone {
            return;
        }
        if let Some(up) = self.state.posture.down_until(f.host, self.state.now) {
            self.state.queue.push(up, Event::Revive(index, foothold, before));
            return;
        }
        self.gain_foothold(index, f.host, f.account);
        self.start_beacon(index, f.host);
        self.review_campaigns();
    }

    /// New credentials: stolen ones are worthless from now on.
    pub(crate) fn invalidate_credentials(&mut self, user: UserId) {
        for campaign in &mut self.state.campaigns {
            let before = campaign.credentials.len();
            campaign.credentials.retain(|&u| u != user);
            campaign.hindered |= campaign.credentials.len() < before;
        }
    }

    /// Notes which campaigns have nothing left because of the defender, and which got something back.
    pub(crate) fn review_campaigns(&mut self) {
        for c in 0..self.state.campaigns.len() {
            let campaign = &self.state.campaigns[c];
            if campaign.first_success.is_none() || campaign.phase == Phase::Dormant {
                continue;
            }
            let live = self.is_live(c);
            let (now, campaign) = (self.state.now, &mut self.state.campaigns[c]);
            match (live, campaign.contained) {
                (true, _) => campaign.contained = None,
                (false, None) if !matches!(campaign.phase, Phase::Over(_)) => campaign.contained = Some(now),
                _ => {}
            }
        }
    }

    /// Whether a campaign has a foothold, a valid stolen credential or a live channel.
    pub(crate) fn is_live(&self, campaign: usize) -> bool {
        let c = &self.state.campaigns[campaign];
        (0..c.footholds.len()).any(|f| self.is_usable(c, f))
            || c.credentials.iter().any(|&u| self.is_valid(c, u))
    }
}
