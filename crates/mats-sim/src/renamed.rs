//! Former names of methods, kept for one version.

use crate::posture::Posture;
use crate::truth::{CompromiseInterval, MaliciousActivity};
use crate::world::World;
use mats_core::{HostId, UserId};

impl World {
    /// Former name of [`Self::malicious_activities`].
    #[deprecated(since = "0.2.0", note = "renamed to `malicious_activities`")]
    pub fn touches(&self) -> &[MaliciousActivity] {
        self.malicious_activities()
    }
    /// Former name of [`Self::compromise_intervals`].
    #[deprecated(since = "0.2.0", note = "renamed to `compromise_intervals`")]
    pub fn holds(&self) -> &[CompromiseInterval] {
        self.compromise_intervals()
    }
    /// Former name of [`Self::is_compromised`].
    #[deprecated(since = "0.2.0", note = "renamed to `is_compromised`")]
    pub fn is_held(&self, host: HostId) -> bool {
        self.is_compromised(host)
    }
    /// Former name of [`Self::has_persistence`].
    #[deprecated(since = "0.2.0", note = "renamed to `has_persistence`")]
    pub fn is_haunted(&self, host: HostId) -> bool {
        self.has_persistence(host)
    }
    /// Former name of [`Self::is_under_attack`].
    #[deprecated(since = "0.2.0", note = "renamed to `is_under_attack`")]
    pub fn is_besieged(&self, host: HostId) -> bool {
        self.is_under_attack(host)
    }
    /// Former name of [`Self::credential_compromised`].
    #[deprecated(since = "0.2.0", note = "renamed to `credential_compromised`")]
    pub fn is_stolen(&self, user: UserId) -> bool {
        self.credential_compromised(user)
    }
}

impl Posture {
    /// Former name of [`Self::unavailable`].
    #[deprecated(since = "0.2.0", note = "renamed to `unavailable`")]
    pub fn cut(&self) -> &[HostId] {
        self.unavailable()
    }
    /// Former name of [`Self::disabled`].
    #[deprecated(since = "0.2.0", note = "renamed to `disabled`")]
    pub fn locked_out(&self) -> &[(UserId, HostId)] {
        self.disabled()
    }
}
