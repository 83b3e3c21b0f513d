//! The stage of a replay: the network, the attacks and the names.

use super::data::{AttackInfo, Context, FeatureInfo, Host, StepInfo, Threat, action_names, ms, short};
use mats_core::{HostId, News, Os, SimTime, ThreatIntel};
use mats_data::names::{Domain, Names};
use mats_data::telemetry_csv::{FILES, rendered_columns};
use mats_detect::features::columns::COLUMNS;
use mats_gym::OBSERVATION;
use mats_scenario::Scenario;
use mats_sim::World;

/// Returns the parts of a world's scenario and episode that no defender changes.
pub(super) fn context(world: &World) -> Context {
    let scenario = &world.plan().scenario;
    let inventory = &scenario.inventory;
    let hosts = inventory.hosts.iter().enumerate().map(|(h, host)| Host {
        name: host.name.clone(),
        subnet: host.subnet.0,
        role: name_of(&scenario.hosts[h].role),
        class: host.class.name(),
        os: if host.os == Os::Windows { "Windows" } else { "Linux" },
        value: host.value,
        off: !world.conditions().is_on(HostId(h as u32)),
    });
    let features = COLUMNS.iter().map(|c| FeatureInfo { name: c.name, unit: c.unit, about: c.about });
    Context {
        scenario: scenario.name.clone(),
        title: scenario.title.clone(),
        unit: scenario.reward.unit.clone(),
        start_of_day: inventory.start_of_day,
        weekday: scenario.weekday,
        horizon: ms(world.horizon()),
        subnets: inventory.subnets.clone(),
        hosts: hosts.collect(),
        attacks: scenario.attacks.iter().map(|a| attack(scenario, a)).collect(),
        techniques: scenario.techniques.iter().map(|t| (t.id.clone(), t.name.clone())).collect(),
        features: features.collect(),
        actions: action_names(),
        observation: OBSERVATION.to_vec(),
        files: FILES.into_iter().zip(rendered_columns()).collect(),
    }
}

/// The name that files use for a value.
fn name_of(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

fn attack(scenario: &Scenario, attack: &mats_scenario::Attack) -> AttackInfo {
    let step = |s: &mats_scenario::Step| {
        let technique = &scenario.techniques[s.technique];
        StepInfo {
            id: s.id.clone(),
            technique: technique.id.clone(),
            name: technique.name.clone(),
            tactic: technique.tactic.clone(),
            harms: s.objective || s.damage > 0.0,
        }
    };
    AttackInfo { name: attack.name.clone(), steps: attack.steps.iter().map(step).collect() }
}

/// A threat with its ids spelt out. `truthful`: the truth was told, no model spoke.
pub(super) fn threat(intel: &ThreatIntel, names: &Names<'_>, truthful: bool) -> Threat {
    let ThreatIntel { evidence, explanation, .. } = intel;
    let features = explanation.features.iter().flatten();
    let first_seen = if intel.first_seen == SimTime::NEVER { intel.time } else { intel.first_seen };
    Threat {
        id: intel.id.0,
        t: ms(intel.time),
        first_seen: ms(first_seen),
        host: intel.host.0,
        user: intel.user.and_then(|u| names.user(u)).map(std::borrow::Cow::into_owned),
        address: intel.address.map(|a| a.to_string()),
        domain: intel.domain.map(|d| Domain(d).to_string()),
        image: intel.image.map(|i| name_of(&i)),
        kind: intel.kind.name(),
        severity: intel.severity.name(),
        confidence: short(intel.confidence),
        evidence: [evidence.anomaly, evidence.forest, evidence.sequence, evidence.indicator].map(short),
        model: (!truthful).then(|| explanation.model.name()),
        features: features.map(|r| (r.feature, short(r.weight))).collect(),
        techniques: explanation.techniques.iter().flatten().map(ToString::to_string).collect(),
        news: match intel.news {
            News::New => "new",
            News::Worsened => "worsened",
            News::Unchanged => "unchanged",
        },
    }
}
