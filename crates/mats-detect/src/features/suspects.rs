//! The account, the outside address and the program a threat names: the oddest of the recent ones.

use mats_core::{DomainId, SimTime, UserId, telemetry::Addr, telemetry::Image};

/// A value with how odd it was when last seen.
#[derive(Debug, Clone, Copy)]
struct Odd<T> {
    value: T,
    weight: f32,
    seen: SimTime,
}

impl<T: Copy + PartialEq> Odd<T> {
    fn new(value: T) -> Odd<T> {
        Odd { value, weight: 0.0, seen: SimTime::ZERO }
    }

    /// Oddity halves after half an hour, is a third after an hour, and so on.
    fn weight(&self, now: SimTime) -> f32 {
        self.weight / (1.0 + now.since(self.seen).0 as f32 * (1.0 / 1.8e9))
    }

    #[inline]
    fn offer(&mut self, value: T, weight: f32, now: SimTime) {
        if weight > 0.0 && (value == self.value || weight >= self.weight(now)) {
            let weight = if value == self.value { weight.max(self.weight(now)) } else { weight };
            *self = Odd { value, weight, seen: now };
        }
    }
}

/// One machine's suspects.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Suspects {
    user: Odd<UserId>,
    place: Odd<(Addr, DomainId)>,
    image: Odd<Image>,
}

impl Suspects {
    /// Nothing seen yet; the owner stands for the account.
    pub(super) fn new(owner: UserId) -> Suspects {
        Suspects {
            user: Odd::new(owner),
            place: Odd::new((Addr(0), DomainId::NONE)),
            image: Odd::new(Image::None),
        }
    }
    #[inline]
    pub(super) fn user(&mut self, user: UserId, weight: f32, now: SimTime) {
        if user != UserId::NONE {
            self.user.offer(user, weight, now);
        }
    }
    #[inline]
    pub(super) fn place(&mut self, peer: Addr, domain: DomainId, weight: f32, now: SimTime) {
        self.place.offer((peer, domain), weight, now);
    }
    #[inline]
    pub(super) fn image(&mut self, image: Image, weight: f32, now: SimTime) {
        self.image.offer(image, weight, now);
    }

    /// The account, if any was seen or the machine has an owner.
    pub(crate) fn most_odd_user(&self) -> Option<UserId> {
        self.user.value.some()
    }
    /// The outside address.
    pub(crate) fn most_odd_address(&self) -> Option<Addr> {
        (self.place.weight > 0.0).then_some(self.place.value.0)
    }
    /// The domain of that address.
    pub(crate) fn most_odd_domain(&self) -> Option<DomainId> {
        let domain = self.place.value.1;
        (self.place.weight > 0.0 && domain != DomainId::NONE).then_some(domain)
    }
    /// The program.
    pub(crate) fn most_odd_image(&self) -> Option<Image> {
        (self.image.weight > 0.0).then_some(self.image.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oddest_stays_until_it_is_old() {
        let minutes = |m: u64| SimTime(m * 60_000_000);
        let mut s = Suspects::new(UserId::NONE);
        assert_eq!((s.most_odd_user(), s.most_odd_address()), (None, None));
        s.user(UserId(1), 1.0, minutes(0));
        s.user(UserId(2), 0.6, minutes(5));
        assert_eq!(s.most_odd_user(), Some(UserId(1)));
        s.user(UserId(2), 0.6, minutes(40));
        assert_eq!(s.most_odd_user(), Some(UserId(2)));
    }
}
