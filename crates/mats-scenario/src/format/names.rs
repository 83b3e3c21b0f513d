//! Values with a written form of their own: names from closed lists, times of day, intervals.

use mats_core::telemetry::Service;
use mats_core::{Action, AssetClass, Os, ThreatKind};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use toml::Spanned;

/// A newtype read from a closed list of names. The types of `mats-core` are written to files in their own
/// ways; in scenarios all of them are lower-case names.
macro_rules! named {
    ($(#[$doc:meta])* $wrapper:ident($inner:ty), $schema:literal, $all:expr, $name:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $wrapper(pub $inner);

        impl<'de> Deserialize<'de> for $wrapper {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let word = String::deserialize(d)?;
                let name: fn($inner) -> &'static str = $name;
                $all.into_iter()
                    .find(|&x| name(x) == word)
                    .map(Self)
                    .ok_or_else(|| de::Error::custom(format!("unknown name `{word}`")))
            }
        }

        impl Serialize for $wrapper {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                let name: fn($inner) -> &'static str = $name;
                s.serialize_str(name(self.0))
            }
        }

        impl JsonSchema for $wrapper {
            fn schema_name() -> Cow<'static, str> {
                $schema.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let name: fn($inner) -> &'static str = $name;
                let names: Vec<&str> = $all.into_iter().map(name).collect();
                json_schema!({ "type": "string", "enum": names })
            }
        }
    };
}

named!(
    /// An application protocol.
    ServiceName(Service), "Service", Service::ALL, |x| x.name()
);
named!(
    /// A defender's action.
    ActionName(Action), "Action", Action::ALL, |x| x.name()
);
named!(
    /// How much hangs on a machine.
    ClassName(AssetClass), "AssetClass", AssetClass::ALL, |x| x.name()
);
named!(
    /// A kind of threat.
    KindName(ThreatKind), "ThreatKind", ThreatKind::ALL, |x| x.name()
);
named!(
    /// An operating system.
    OsName(Os), "Os", [Os::Windows, Os::Linux], |x| match x {
        Os::Windows => "windows",
        Os::Linux => "linux",
    }
);

/// A string type that exists for its schema: the checker looks at `format`, editors at `pattern`.
macro_rules! strings {
    ($($(#[$doc:meta])* $name:ident, $format:literal, $pattern:literal;)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": $format, "pattern": $pattern })
            }
        }
    )*};
}

strings! {
    /// A name that is declared: letters, digits, `-`, `_` and `.`, at most 64. It becomes part of file names.
    Name, "name", "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";
    /// One line of text.
    Line, "line", "^[^\\x00-\\x1f\\x7f]{0,200}$";
    /// The id of a weakness in the CVE list.
    Cve, "cve", "^CVE-[0-9]{4}-[0-9]{4,19}$";
    /// Some paragraphs of text.
    Text, "text", "^[^\\x00-\\x08\\x0b-\\x1f\\x7f]{0,10000}$";
}

/// A time of day, `"HH:MM"`, in seconds after midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clock(pub u32);

impl Clock {
    /// From `HH:MM`.
    pub fn parse(text: &str) -> Option<Clock> {
        let (hours, minutes) = text.split_once(':')?;
        let digits = |s: &str| s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(hours) || !digits(minutes) {
            return None;
        }
        let (h, m): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
        (h < 24 && m < 60).then_some(Clock(h * 3600 + m * 60))
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 3600, self.0 / 60 % 60)
    }
}

impl Serialize for Clock {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Clock {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Clock::parse(&text).ok_or_else(|| de::Error::custom("expected a time of day such as \"08:00\""))
    }
}

impl JsonSchema for Clock {
    fn schema_name() -> Cow<'static, str> {
        "Clock".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "clock", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" })
    }
}

/// An interval `[low, high]` of numbers that are not negative, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
pub struct Interval(pub f64, pub f64);

impl JsonSchema for Interval {
    fn schema_name() -> Cow<'static, str> {
        "Interval".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array", "items": { "type": "number", "minimum": 0.0 },
            "minItems": 2, "maxItems": 2, "x-ordered": true
        })
    }
}

/// Types that exist for the schema of an [`Interval`] whose ends are bounded.
macro_rules! intervals {
    ($($(#[$doc:meta])* $name:ident, $bounds:tt;)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let number = json_schema!($bounds);
                json_schema!({
                    "type": "array", "items": number, "minItems": 2, "maxItems": 2, "x-ordered": true
                })
            }
        }
    )*};
}

intervals! {
    /// Both ends lie within [0, 1].
    Shares, { "type": "number", "minimum": 0.0, "maximum": 1.0 };
    /// Both ends are above 0: what is multiplied by it does not vanish.
    Factors, { "type": "number", "exclusiveMinimum": 0.0 };
}

/// How often: a whole number, or an interval `[low, high]` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times(pub u32, pub u32);

impl Serialize for Times {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if self.0 == self.1 { self.0.serialize(s) } else { (self.0, self.1).serialize(s) }
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Times;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number or two of them, [low, high]")
            }
            fn visit_i64<E: de::Error>(self, v: i64) -> Result<Times, E> {
                let n = u32::try_from(v).map_err(|_| E::custom("out of range"))?;
                Ok(Times(n, n))
            }
            fn visit_u64<E: de::Error>(self, v: u64) -> Result<Times, E> {
                let n = u32::try_from(v).map_err(|_| E::custom("out of range"))?;
                Ok(Times(n, n))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Times, A::Error> {
                let mut next =
                    || seq.next_element()?.ok_or_else(|| de::Error::invalid_length(1, &"two numbers"));
                Ok(Times(next()?, next()?))
            }
        }
        d.deserialize_any(Either)
    }
}

impl JsonSchema for Times {
    fn schema_name() -> Cow<'static, str> {
        "Times".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let number = serde_json::json!({ "type": "integer", "minimum": 1, "maximum": 10000 });
        json_schema!({ "anyOf": [
            number,
            { "type": "array", "items": number, "minItems": 2, "maxItems": 2, "x-ordered": true }
        ] })
    }
}

/// Where links begin or end: a segment, or an array of them.
#[derive(Debug, Clone)]
pub struct Segments(pub Vec<Spanned<String>>);

impl<'de> Deserialize<'de> for Segments {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        enum Either {
            One(String),
            Many(Vec<Spanned<String>>),
        }
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = Either;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a segment or an array of segments")
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<Either, E> {
                Ok(Either::One(v.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Either, A::Error> {
                Deserialize::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(Either::Many)
            }
        }
        impl<'de> Deserialize<'de> for Either {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                d.deserialize_any(Form)
            }
        }
        let names = Spanned::<Either>::deserialize(d)?;
        let span = names.span();
        Ok(Segments(match names.into_inner() {
            Either::One(name) => vec![Spanned::new(span, name)],
            Either::Many(names) => names,
        }))
    }
}

impl JsonSchema for Segments {
    fn schema_name() -> Cow<'static, str> {
        "Segments".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let name = serde_json::json!({ "type": "string" });
        json_schema!({ "anyOf": [name, { "type": "array", "items": name, "minItems": 1, "maxItems": 256 }] })
    }
}
