//! What can never work is a mistake, what hardly can a doubt; and no mistake hides another.

use mats_scenario::{Checked, check_text, load, starter};

/// A utility: from the office to the servers, and from there to a control room behind a link of its own.
const UTILITY: &str = r#"
subnet = [{ name = "office" }, { name = "servers" }, { name = "control", never_isolate = true }]
host = [
  { name = "desk", count = 6, subnet = "office", role = "workstation" },
  { name = "files", subnet = "servers", role = "file-server" },
  { name = "panel", count = 2, subnet = "control", role = "workstation" },
  { name = "spare", subnet = "control", role = "workstation", never_isolate = false },
]
link = [
  { from = "office", to = "servers", services = ["smb", "rdp"] },
  { from = "servers", to = "control", services = ["rdp"], probability = 0.5 },
]
user = [{ name = "clerk", count = 6, role = "office", hosts = "desk" }]

[scenario]
name = "utility"
horizon_hours = 12.0

[campaigns]
onset_hours = [0.5, 4.0]

[[attack]]
name = "valves"
detours = 0
step = [
  { id = "mail", technique = "T1566.001", target = { subnet = "office" } },
  { id = "dump", technique = "T1555.003", after = ["mail"] },
  { id = "hop", technique = "T1021.001", after = ["dump"], target = { subnet = "servers" } },
  { id = "into", technique = "T1021.001", after = ["hop"], target = { subnet = "control" } },
  { id = "stop", technique = "T1489", after = ["into"], target = { subnet = "control" }, objective = true },
]
"#;

fn edited(old: &str, new: &str) -> String {
    assert!(UTILITY.contains(old), "the utility no longer contains {old:?}");
    UTILITY.replacen(old, new, 1)
}

fn checked(text: &str) -> (String, String) {
    let Checked { scenario, doubts } = check_text(text, "my.toml");
    let doubts: Vec<String> = doubts.iter().map(|d| format!("{:?} {}", d.place, d.message)).collect();
    (scenario.err().map_or(String::new(), |wrong| wrong.to_string()), doubts.join("\n"))
}

/// The text is refused with one mistake, which says this.
fn refused(text: &str, message: &str, help: &str) {
    let wrong = check_text(text, "my.toml").scenario.expect_err("it can never work");
    let [one] = wrong.as_slice() else { panic!("not one mistake but:\n{wrong}") };
    assert!(one.message.contains(message), "{wrong}");
    assert!(one.help.as_deref().unwrap_or_default().contains(help), "{wrong}");
}

#[test]
fn the_utility_is_right_and_without_doubt() {
    assert_eq!(checked(UTILITY), (String::new(), String::new()));
}

#[test]
fn a_link_that_is_never_there_leads_nowhere() {
    let text = edited("probability = 0.5", "probability = 0.0");
    let help = "the [[link]] from servers to control has `probability = 0`";
    refused(&text, "step `into` can never be tried: T1021.001", help);
    // Detours lead through links, too, however many there may be; so they do where there is no link at all.
    refused(&text.replace("detours = 0", "detours = 4"), "step `into` can never be tried: T1021.001", help);
    let link = UTILITY.lines().find(|line| line.contains("probability = 0.5")).unwrap();
    let none = edited(link, "").replace("detours = 0", "detours = 4");
    refused(&none, "step `into` can never be tried: T1021.001", "add a [[link]] from");
    // Beside a link that may be there it does no harm.
    let text = edited(
        "probability = 0.5 }",
        "probability = 0.5 },\n  { from = \"servers\", to = \"control\", services = [\"ssh\"], probability = 0.0 }",
    );
    assert_eq!(checked(&text), (String::new(), String::new()));
}

#[test]
fn what_never_succeeds_is_told_at_its_probability() {
    let text =
        edited("{ subnet = \"control\" }, objective", "{ subnet = \"control\" }, success = 0.0, objective");
    refused(&text, "step `stop` can never succeed: its probability of success is 0", "above 0");
    let wrong = check_text(&text, "my.toml").scenario.unwrap_err();
    let column = text.lines().find(|l| l.contains("success")).unwrap().find("0.0").unwrap() + 1;
    assert_eq!(wrong.as_slice()[0].place.unwrap().1, column, "{wrong}");
    let (wrong, _) = checked(&edited("detours = 0", "skill = [0.0, 0.0]"));
    assert!(wrong.contains("step `stop` can never succeed: no attacker has any skill"), "{wrong}");
}

#[test]
fn campaigns_that_begin_when_the_day_is_over_are_told_where_it_says_so() {
    let text = edited("[0.5, 4.0]", "[11.9, 12.0]");
    refused(&text, "campaigns begin 11.9 h in at the earliest, 6 min before the end", "begin earlier");
    let wrong = check_text(&text, "my.toml").scenario.unwrap_err();
    let line = 1 + text.lines().position(|l| l.contains("onset_hours")).unwrap();
    assert_eq!(wrong.as_slice()[0].place.unwrap().0, line, "{wrong}");
    // Where nobody attacks, it does not matter.
    let quiet = text.replace("[campaigns]", "[campaigns]\ncount = [1.0]");
    assert_eq!(checked(&quiet).0, "");
}

#[test]
fn a_way_that_few_can_finish_is_a_doubt() {
    let (wrong, doubts) =
        checked(&edited("after = [\"into\"],", "after = [\"into\"], pause_minutes = 3000.0,"));
    assert_eq!(wrong, "");
    assert!(
        doubts.contains("to get as far as this objective, and the episode leaves them 11.5 h"),
        "{doubts}"
    );
}

#[test]
fn what_only_a_step_beside_it_or_a_detour_gives_is_a_doubt() {
    // The password is stolen beside the way, not on it.
    let (wrong, doubts) = checked(&edited("after = [\"dump\"]", "after = [\"mail\"]"));
    assert_eq!(wrong, "");
    assert!(doubts.contains("step `hop` can be tried by luck only: T1021.001"), "{doubts}");
    // Through a machine that no step names.
    let hop = UTILITY.lines().find(|line| line.contains("id = \"hop\"")).unwrap();
    let direct = edited(hop, "").replace("after = [\"hop\"]", "after = [\"dump\"]");
    let (wrong, doubts) = checked(&direct);
    assert!(wrong.contains("step `into` can never be tried") && doubts.is_empty(), "{wrong}{doubts}");
    let (wrong, doubts) = checked(&direct.replace("detours = 0", "detours = 2"));
    assert!(wrong.is_empty() && doubts.contains("step `into` can be tried by luck only"), "{wrong}{doubts}");
}

#[test]
fn rights_on_another_machine_do_not_help() {
    // Administrative rights are got on a file server, and wanted on a panel that was taken by a mail.
    let into = UTILITY.lines().find(|line| line.contains("id = \"into\"")).unwrap();
    let mail = r#"  { id = "into", technique = "T1566.001", target = { subnet = "control" } },"#;
    let text = edited(into, mail).replace("after = [\"into\"]", "after = [\"into\", \"hop\"]");
    refused(
        &text,
        "step `stop` can never be tried: T1489 (Service Stop) needs administrative rights on the machine",
        "grants them on this target",
    );
}

#[test]
fn an_unknown_key_hides_nothing_of_its_table() {
    let text = edited("probability = 0.5", "probability = 0.0");
    let text = text.replacen("technique = \"T1489\",", "technique = \"T1489\", retris = 5,", 1);
    let text = text.replacen("count = 6, subnet", "colour = 1, count = 6, subnet", 1);
    let (wrong, _) = checked(&text);
    for part in ["unknown key `retris`", "unknown key `colour`", "step `into` can never be tried"] {
        assert!(wrong.contains(part), "{part} is not in:\n{wrong}");
    }
}

#[test]
fn a_key_that_may_be_meant_excuses_what_hangs_on_it() {
    // Whoever misspelt `services` may have given the service that is missing.
    let text = edited(
        "role = \"workstation\" },\n  { name = \"spare\"",
        "role = \"workstation\", servces = [\"ssh\"] },\n  { name = \"spare\"",
    );
    let (wrong, _) =
        checked(&text.replacen("T1021.001\", after = [\"hop\"]", "T1021.004\", after = [\"hop\"]", 1));
    assert!(
        wrong.contains("unknown key `servces`") && !wrong.contains("fitting machine in control offers"),
        "{wrong}"
    );
}

#[test]
fn a_mistake_in_a_segment_does_not_excuse_a_group_of_its_name() {
    let text =
        edited("hosts = \"desk\"", "hosts = \"control\"").replacen("never_isolate", "never_isolates", 1);
    let (wrong, _) = checked(&text);
    assert!(wrong.contains("unknown key `never_isolates`"), "{wrong}");
    assert!(wrong.contains("unknown host group `control`"), "{wrong}");
}

#[test]
fn machines_inherit_from_their_segment_that_they_are_never_isolated() {
    let scenario = check_text(UTILITY, "my.toml").scenario.unwrap();
    let pinned = scenario.inventory.hosts.iter().filter(|h| h.never_isolate).map(|h| h.name.as_str());
    assert_eq!(pinned.collect::<Vec<_>>(), ["panel-01", "panel-02"]);
}

#[test]
fn shipped_scenarios_are_without_doubt() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "toml"));
    files.sort();
    assert!(files.len() > 3);
    for file in files {
        load(&file).unwrap();
        let doubts = mats_scenario::check_file(&file).doubts;
        assert!(doubts.is_empty(), "{}: {doubts:?}", file.display());
    }
    assert!(check_text(starter(), "starter").doubts.is_empty());
}
