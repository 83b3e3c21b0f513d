//! Each mistake an author can make is reported at its place, in words that say what is wrong and what is right.

use mats_scenario::{Diagnostics, Scenario, Selector, load, parse, starter};

/// The starter scenario with one edit.
fn edited(old: &str, new: &str) -> String {
    let text = starter();
    assert!(text.contains(old), "the starter no longer contains {old:?}");
    text.replacen(old, new, 1)
}

fn mistakes(text: &str) -> Diagnostics {
    parse(text, "my.toml").expect_err("this must not pass")
}

/// The edit leads to exactly one report, with these words in message and help and the caret at `at`: a part of
/// the new text or, after a `^`, of the whole file.
fn check(old: &str, new: &str, at: &str, message: &str, help: &str) {
    let text = edited(old, new);
    let all = mistakes(&text);
    let [one] = all.as_slice() else { panic!("{new:?} gave not one report but:\n{all}") };
    assert!(one.message.contains(message), "{new:?} gave:\n{all}");
    assert!(one.help.as_deref().unwrap_or_default().contains(help), "{new:?} gave:\n{all}");
    let position = match at.strip_prefix('^') {
        Some(anywhere) => text.find(anywhere).expect("it is in the file"),
        None => text.find(new).unwrap() + new.find(at).expect("it is in the new text"),
    };
    let line = 1 + text[..position].matches('\n').count();
    let column = 1 + text[text[..position].rfind('\n').map_or(0, |i| i + 1)..position].chars().count();
    assert_eq!(one.place, Some((line, column)), "{new:?} gave:\n{all}");
    assert!(all.to_string().contains(&format!("my.toml:{line}:{column}")), "{all}");
}

#[test]
fn unknown_keys() {
    check("count = 4,", "cuont = 4,", "cuont", "unknown key `cuont` in `host`", "did you mean `count`?");
    check("[scenario]", "[scenery]\n[scenario]", "scenery", "unknown key `scenery`", "`scenario`");
    check("retries = 5", "retry = 5", "retry", "unknown key `retry` in `attack.step`", "`retries`");
    check(
        "[scenario]",
        "[response.actions.isolate_hots]\nminutes = 3\n[scenario]",
        "isolate_hots",
        "unknown key `isolate_hots`",
        "did you mean `isolate_host`?",
    );
}

#[test]
fn wrong_types() {
    check(
        "count = 4,",
        "count = \"four\",",
        "\"four\"",
        "`host.count` must be a whole number, found a string",
        "",
    );
    check("start = \"08:00\" ", "start = 08:00:00 ", "08", "found a date or time", "quotes");
    check(
        "link = [\n  { from = \"office\", to = \"servers\", services = [\"smb\", \"dns\", \"kerberos\", \"ldap\"] },\n]",
        "link = { from = \"office\", to = \"servers\", services = [\"smb\"] }",
        "{ from",
        "`link` must be an array, found a table",
        "write [[link]], or put it in brackets: link = [{ … }]",
    );
    check("retries = 5", "repeat = \"twice\"", "\"twice\"", "a whole number or an array", "");
    check("never_isolate = true", "never_isolate = 1", "1", "must be true or false", "");
}

#[test]
fn missing_keys() {
    check(
        "role = \"file-server\", ",
        "",
        "^{ name = \"files\"",
        "missing key `role` in `host`",
        "add `role = …`: What they are for: `workstation`, `file-server`",
    );
    check("technique = \"T1039\", ", "", "^{ id = \"read", "missing key `technique`", "ATT&CK id");
    check("horizon_hours = 10.0", "#", "^[scenario]", "missing key `horizon_hours` in `scenario`", "Length");
}

#[test]
fn numbers_out_of_range() {
    check("pause_minutes = 20.0", "pause_minutes = -20.0", "-20.0", "must be at least 0, found -20", "");
    check("damage = 5.0", "damage = nan", "nan", "must be a finite number", "");
    check("damage = 5.0", "damage = -inf", "-inf", "must be a finite number", "");
    check("damage = 5.0", "success = 1.5, damage = 5.0", "1.5", "must be at most 1, found 1.5", "");
    check("retries = 5", "repeat = [5, 2]", "[5, 2]", "reversed", "[low, high]");
    check("retries = 5", "repeat = [1, 2, 3]", "[1, 2, 3]", "must have 2 entries, found 3", "");
    check("start = \"08:00\" ", "start = \"25:00\" ", "\"25:00\"", "must be a time of day", "");
    check("count = 4,", "count = 99999999999999999999,", "9999", "must be at most 20000", "");
    check("horizon_hours = 10.0", "horizon_hours = 5.0", "5.0", "campaigns may begin 7 h in", "onset_hours");
    check(
        "[scenario]",
        "[campaigns]\nevicted_after_hours = 10.0\n[scenario]",
        "^10.0 ",
        "cannot show that a campaign was gone for its last 10 h",
        "evicted_after_hours = 5",
    );
    check(
        "[scenario]",
        "[campaigns]\ncount = [0.4, 0.4]\n[scenario]",
        "[0.4, 0.4]",
        "sums to 0.8",
        "sum to 1",
    );
}

#[test]
fn dangling_names() {
    check(
        "subnet = \"servers\"",
        "subnet = \"server\"",
        "\"server\"",
        "unknown subnet `server`",
        "`servers`",
    );
    check("from = \"office\"", "from = \"ofice\"", "\"ofice\"", "unknown subnet", "did you mean `office`?");
    check("after = [\"mail\"]", "after = [\"male\"]", "\"male\"", "unknown step `male`", "`mail`");
    check(
        "\"T1039\"",
        "\"T1039x\"",
        "\"T1039x\"",
        "unknown technique `T1039x`",
        "did you mean `T1039` (Data from Network Shared Drive)?",
    );
    check(
        "\"T1039\"",
        "\"Kerberoasting\"",
        "\"Kerb",
        "unknown technique",
        "write `T1558.003` for Kerberoasting",
    );
    check("hosts = \"office\",", "hosts = \"offices\",", "\"offices\"", "unknown host group", "`office`");
    check("hosts = [\"files\"]", "hosts = [\"fles\"]", "\"fles\"", "unknown host group `fles`", "`files`");
    check(
        "\"file-server\"",
        "\"fileserver\"",
        "\"fileserver\"",
        "unknown name",
        "did you mean `file-server`?",
    );
    check("\"kerberos\"", "\"cerberos\"", "\"cerberos\"", "unknown name", "did you mean `kerberos`?");
    check(
        "value = 5.0 ",
        "vulnerabilities = [{ id = \"CVE-1\", probability = 0.5 }] ",
        "\"CVE-1\"",
        "unknown vulnerability `CVE-1`",
        "there are none",
    );
    check(
        "[scenario]",
        "[benign]\nexclude = [\"backups\"]\n[scenario]",
        "\"backups\"",
        "unknown behaviour `backups`",
        "did you mean `backup`?",
    );
    check(
        "[scenario]",
        "[response]\napproval = [\"reimage\"]\n[scenario]",
        "\"reimage\"",
        "unknown name `reimage`",
        "did you mean `reimage_host`?",
    );
}

#[test]
fn links_from_and_to_several_segments() {
    for (new, at, message, help) in [
        ("to = [\"servers\", \"server\"]", "\"server\"", "unknown subnet `server`", "`servers`"),
        ("to = [\"servers\", \"internet\"]", "\"internet\"", "links lead to segments", "internet = true"),
        ("to = [\"servers\", 3]", "3", "`link.to` must be a string in quotes, found a whole number", ""),
        ("to = []", "[]", "`link.to` must have at least 1 entry, found 0", ""),
        ("to = 3", "3", "`link.to` must be a string in quotes or an array, found a whole number", ""),
    ] {
        check("to = \"servers\"", new, at, message, help);
    }
    let links = |links: &str| {
        let three = edited("{ name = \"servers\", ", "{ name = \"vault\" },\n{ name = \"servers\", ");
        let (head, rest) = three.split_once("link = [").unwrap();
        let text = format!("{head}link = [\n{links}{rest}");
        parse(&text, "my.toml").unwrap_or_else(|e| panic!("{e}")).reach
    };
    let (s, p) = ("services = [\"smb\"]", "services = [\"ssh\"], probability = 0.5");
    let written_out = links(&format!(
        "{{ from = \"office\", to = \"vault\", {s} }}, {{ from = \"internet\", to = \"vault\", {s} }},
         {{ from = \"office\", to = \"servers\", {p} }}, {{ from = \"office\", to = \"vault\", {p} }},
         {{ from = \"servers\", to = \"vault\", {p} }},"
    ));
    let together = links(&format!(
        "{{ from = [\"office\", \"internet\"], to = \"vault\", {s} }},
         {{ from = \"office\", to = [\"servers\", \"vault\"], {p} }}, {{ from = [\"servers\"], to = [\"vault\"], {p} }},"
    ));
    assert_eq!(written_out, together);
    assert_eq!(together.optional.len(), 3);
}

#[test]
fn names_declared_twice() {
    check(
        "{ name = \"servers\"",
        "{ name = \"office\" },\n{ name = \"servers\"",
        "\"office\"",
        "the subnet `office` is declared twice",
        "another name",
    );
    check("id = \"carry-out\", ", "id = \"mail\" , ", "\"mail\"", "the step `mail` is declared twice", "");
    check("name = \"directory\"", "name = \"office-02\"", "\"office-02\"", "declared twice", "");
}

#[test]
fn targets_that_cannot_be_reached() {
    check(
        "services = [\"smb\", ",
        "services = [",
        "^{ hosts = [\"files\"] }",
        "step `read-files` can never be tried: T1039",
        "add a [[link]] from office to servers",
    );
    check(
        "role = \"file-server\"",
        "role = \"file-server\", services = [\"rdp\"]",
        "^{ hosts = [\"files\"] }",
        "needs one of smb, and no fitting machine in servers offers it where office may reach it",
        "the service to the [[host]]",
    );
    check(
        "technique = \"T1566.001\"",
        "technique = \"T1190\"",
        "^{ roles = [\"workstation\"] }",
        "needs one of database, http, tls and a weakness there",
        "from internet",
    );
    check(
        "technique = \"T1041\"",
        "target = { hosts = [\"directory\"] }, technique = \"T1041\"",
        "{ hosts",
        "works on a machine already held, and none that fits the target is held by then",
        "an earlier step takes",
    );
}

#[test]
fn targets_that_do_not_exist() {
    check(
        "{ hosts = [\"files\"] }",
        "{ roles = [\"backup-server\"] }",
        "{ roles",
        "no machine has any of these roles",
        "",
    );
    check(
        "{ hosts = [\"files\"] }",
        "{ subnet = \"office\", hosts = [\"files\"] }",
        "{ subnet",
        "exactly one way",
        "write one of",
    );
}

#[test]
fn needs_that_nothing_grants() {
    check(
        "technique = \"T1039\"",
        "technique = \"T1021.002\"",
        "^{ hosts = [\"files\"] }",
        "needs a stolen credential, and no step before it gets one",
        "T1003.001",
    );
}

#[test]
fn people_work_at_desks() {
    check(
        "hosts = \"office-04\"",
        "hosts = \"files\"",
        "\"files\"",
        "people work at workstations",
        "role `service`",
    );
    check(
        "hosts = \"office-04\"",
        "hosts = \"office-04\", shift = [\"17:00\", \"17:00\"]",
        "[\"17:00\"",
        "the shift ends at 17:00, when it starts",
        "on the next day",
    );
}

#[test]
fn shifts_may_pass_midnight() {
    let text = edited("hosts = \"office-04\"", "hosts = \"office-04\", shift = [\"22:00\", \"06:00\"]");
    let scenario = parse(&text, "my.toml").unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(scenario.users[3].shift, (22 * 3600, 6 * 3600));
}

#[test]
fn ids_of_weaknesses() {
    for wrong in ["CVE-2023-123", "CVE-23-34362", "cve-2023-34362", "CVE-2023-34362x", "CVE-2023", "MS17-010"]
    {
        check(
            "[scenario]",
            &format!("[[vulnerability]]\nservice = \"smb\"\nid = \"{wrong}\"\n[scenario]"),
            &format!("\"{wrong}\""),
            "`vulnerability.id` must be a CVE id such as \"CVE-2023-34362\"",
            "",
        );
    }
    let right = "[[vulnerability]]\nservice = \"smb\"\nid = \"CVE-2023-34362\"\n[scenario]";
    parse(&edited("[scenario]", right), "my.toml").unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn shares_and_factors() {
    check(
        "weight = 1.0 ",
        "caution = [0.5, 3.0]\nweight = 1.0 ",
        "3.0",
        "`attack.caution` must be at most 1",
        "",
    );
    check("stealth = [0.7, 1.6] ", "stealth = [0, 1.6] ", "0,", "`attack.stealth` must be above 0", "");
    for key in ["machines", "people", "newcomers", "movers"] {
        check(
            "[scenario]",
            &format!("[randomize]\n{key} = [0.5, 1.01]\n[scenario]"),
            "1.01",
            &format!("`randomize.{key}` must be at most 1, found 1.01"),
            "",
        );
    }
    for key in ["pace", "skill"] {
        check(
            "[scenario]",
            &format!("[randomize]\n{key} = [0.0, 1.0]\n[scenario]"),
            "0.0",
            &format!("`randomize.{key}` must be above 0, found 0"),
            "",
        );
    }
}

#[test]
fn rates_of_behaviours() {
    check(
        "[scenario]",
        "[benign.rates]\npatchs = 3.0\n[scenario]",
        "patchs",
        "unknown key `patchs` in `benign.rates`",
        "did you mean `patches`?",
    );
}

#[test]
fn names_that_would_leave_the_results_folder() {
    check("name = \"my-scenario\"", "name = \"../../x\"", "\"../", "must be letters, digits", "");
}

/// All messages that an edit leads to.
fn messages(text: &str) -> String {
    let all = mistakes(text);
    let each: Vec<&str> = all.as_slice().iter().map(|d| d.message.as_str()).collect();
    each.join("\n")
}

#[test]
fn attacks_without_shape() {
    let cyclic = edited("id = \"mail\"", "id = \"mail\", after = [\"carry-out\"]");
    let told = messages(&cyclic);
    assert!(told.contains("has no way in"), "{told}");
    assert!(told.contains("mail after carry-out after read-files after mail"), "{told}");

    let inner = edited("after = [\"mail\"]", "after = [\"mail\", \"carry-out\"]");
    let told = messages(&inner);
    assert!(told.contains("wait for each other: read-files after carry-out after read-files"), "{told}");

    assert!(messages(&edited(", objective = true", "")).contains("has no objective"));
    let stepless = starter().split("step = [").next().unwrap().to_owned();
    assert!(messages(&stepless).contains("has no steps"));
    let peaceful = starter().split("[[attack]]").next().unwrap().to_owned();
    assert!(messages(&peaceful).contains("no attack to choose"));
    parse(&format!("{peaceful}\n[campaigns]\ncount = [1.0]"), "calm.toml")
        .expect("no campaigns need no attack");
}

#[test]
fn empty_networks() {
    let told = messages("[scenario]\nname = \"void\"\nhorizon_hours = 9\n[campaigns]\ncount = [1.0]");
    assert_eq!(told, "the network has no machines\nthe network has no segments\nthe network has no users");
    let told = messages("");
    assert!(told.contains("missing key `scenario`"), "{told}");
}

#[test]
fn too_many_machines() {
    let text = edited("count = 4,", "count = 20000,");
    assert!(messages(&text).contains("more than 20000 machines in all"));
    check("count = 4,", "count = 20001,", "20001", "must be at most 20000", "");
}

#[test]
fn too_many_links() {
    let all = |name: &str| format!("[{}]", format!("\"{name}\", ").repeat(256));
    let link = format!("  {{ from = {}, to = {}, services = [\"ssh\"] }},\n", all("office"), all("servers"));
    let told = messages(&edited("link = [\n", &format!("link = [\n{link}")));
    assert!(told.contains("more than 65536 links in all"), "{told}");
}

#[test]
fn all_mistakes_are_told_at_once_and_in_order() {
    let text = r#"
[scenario]
name = "several mistakes"
horizon_hours = "ten"
wether = "rain"

[[subnet]]
name = "office"

[[host]]
name = "pc"
count = -3
subnet = "offices"
role = "workstaton"

[[host]]
name = "srv"
subnet = "offices"
role = "file-server"
value = 1e99

[[user]]
name = "ann"
role = "office"
hosts = "pc"

[[user]]
name = "bob"
role = "office"
hosts = "srvs"
activity = nan

[[attack]]
name = "a"
step = [
  { id = "in", technique = "T1566.001", after = ["out"] },
  { id = "out", technique = "T1O41", after = ["inn"], success = 2, color = "red" },
]

[reward]
night = 1.5
credit = "both"
"#;
    insta::assert_snapshot!(mistakes(text));
}

#[test]
fn broken_syntax_does_not_hide_other_mistakes() {
    let text = edited("retries = 5", "retries = = 5").replacen("damage = 5.0", "damage = -5.0", 1);
    let text = text.replacen("name = \"office\"", "name = \"office", 1);
    insta::assert_snapshot!(mistakes(&text));
}

#[test]
fn what_is_not_closed_hides_nothing() {
    for (old, new, at, told) in [
        ("-04\" },\n]", "-04\" },\n", 8, "the array that begins here"),
        ("title = \"What", "title = \"\"\"What", 9, "the text that begins here"),
        ("title = \"What", "title = '''What", 9, "the text that begins here"),
    ] {
        let text = edited(old, new).replace("\"T1041\"", "\"T1O41\"");
        let all = mistakes(&text);
        let [unclosed, technique] = all.as_slice() else { panic!("{new:?} gave:\n{all}") };
        assert!(unclosed.message.contains(told) && unclosed.place.unwrap().1 == at, "{all}");
        assert!(technique.message.contains("unknown technique `T1O41`"), "{all}");
    }
}

/// A broken entry leaves those around it as they are: another mistake, on the last line of all, is told beside it.
#[test]
fn broken_entries_hide_nothing() {
    for (old, new, at, told) in [
        ("\"servers\", internet", "\"servers, internet", "true },", "the text in quotes is not closed"),
        ("internet = true },", "internet = true,", "true,", "the braces are not closed"),
        ("\"office-04\" },", "\"office-04\"", "\"office-04\"", "the braces are not closed"),
        ("5.0 },", "5.0", "5.0", "the braces are not closed"),
        ("count = 4,", "count = 4", "subnet", "extra assignment between key-value pairs"),
        ("[\"mail\"], target", "[\"mail\", target", "=", "unexpected `=` in array"),
        ("\"kerberos\", ", "kerberos, ", "kerberos", "text must stand in quotes"),
    ] {
        let text = edited(old, new).replace("\"T1041\"", "\"T1O41\"");
        let all = mistakes(&text);
        let [broken, technique] = all.as_slice() else { panic!("{new:?} gave:\n{all}") };
        let line = 1 + text[..text.find(new).unwrap()].matches('\n').count();
        assert!(broken.message.contains(told) && broken.place.unwrap().0 == line, "{at}: {all}");
        assert!(technique.message.contains("unknown technique `T1O41`"), "{all}");
    }
}

#[test]
fn mistakes_elsewhere_do_not_hide_steps_that_cannot_be_tried() {
    let text = edited("services = [\"smb\", ", "services = [");
    let told = messages(&format!("{text}\n[benign.rates]\npatchs = 3.0\n"));
    assert!(told.contains("can never be tried") && told.contains("patchs"), "{told}");
}

#[test]
fn circles_are_told_beside_other_mistakes() {
    let text = edited("after = [\"mail\"]", "after = [\"mail\", \"carry-out\"]");
    let told = messages(&text.replace("retries = 5", "retries = 5000"));
    assert!(told.contains("wait for each other") && told.contains("must be at most 1000"), "{told}");
}

#[test]
fn a_missing_ground_hides_no_mistakes() {
    let text = edited("retries = 5", "retris = 5")
        .replace("\"T1041\"", "\"T1O41\"")
        .replace("\"servers\"", "\"srv\"");
    let told = messages(&format!("extends = \"base.toml\"\n{text}"));
    assert!(
        told.contains("`extends` needs a file") && told.contains("`retris`") && told.contains("`T1O41`"),
        "{told}"
    );
    assert_eq!(told.lines().count(), 3, "{told}");
}

#[test]
fn the_optional_part_of_the_starter_says_the_defaults() {
    let (head, optional) = starter().split_once("# ---- Optional").expect("it has such a part");
    let lines = optional.lines().skip(1).map(|line| line.strip_prefix("# ").unwrap_or(line));
    let full = format!("{head}{}", lines.collect::<Vec<_>>().join("\n"));
    let full = parse(&full, "full.toml").unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(full, parse(starter(), "starter.toml").unwrap());
}

#[test]
fn messages_fit_a_terminal_of_80_columns() {
    let long = "x".repeat(300);
    let text = edited("retries = 5", &format!("                        after = [\"{long}\"], retris = 5"));
    let all = mistakes(&text).to_string();
    let wide = all.lines().filter(|l| !l.starts_with("error")).find(|l| l.chars().count() > 80);
    assert_eq!(wide, None, "{all}");
}

/// Loads a file that extends another one.
fn heir(base: &str, child: &str) -> Result<Scenario, Diagnostics> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("base.toml"), base).unwrap();
    let path = folder.path().join("child.toml");
    std::fs::write(&path, format!("extends = \"base.toml\"\n{child}")).unwrap();
    load(&path)
}

#[test]
fn extends_is_one_file_name() {
    for (wrong, found) in [("5", "a whole number"), ("[\"worlds/office.toml\"]", "an array")] {
        let all = mistakes(&format!("extends = {wrong}\n[scenario]\nname = \"mine\"\n"));
        let [one] = all.as_slice() else { panic!("{all}") };
        assert_eq!(one.message, format!("`extends` must be one file name in quotes, found {found}"));
        assert_eq!(one.place, Some((1, 11)));
    }
}

#[test]
fn a_target_replaces_an_inherited_one() {
    let child = "[[attack]]\nname = \"phish-and-steal\"\nstep = [{ id = \"read-files\", target = { roles = [\"file-server\"] } }]\n";
    let scenario = heir(starter(), child).unwrap_or_else(|e| panic!("{e}"));
    assert!(matches!(scenario.attacks[0].steps[1].target, Selector::Roles(_)));
}

#[test]
fn a_wrong_target_is_told_once() {
    let hosts = "{ hosts = [\"files\"] }";
    check(hosts, "{ roles = [\"laptop\"] }", "\"laptop\"", "unknown name `laptop`", "known:");
    check(hosts, "{ subnet = [\"office\"] }", "[\"office\"]", "must be a string in quotes", "");
    check(hosts, "{ role = [\"file-server\"] }", "role", "unknown key `role`", "did you mean `roles`?");
    check(hosts, "{}", "{}", "a target is given in exactly one way", "");
}

#[test]
fn a_link_takes_the_place_of_an_inherited_one_between_the_same_segments() {
    let base = edited("{ name = \"servers\", ", "{ name = \"vault\" },\n{ name = \"servers\", ");
    let link = "  { from = [\"office\", \"servers\"], to = \"vault\", services = [\"smb\", \"ssh\"] },\n";
    let base = base.replacen("link = [\n", &format!("link = [\n{link}"), 1);
    let child = "link = [{ from = \"office\", to = \"vault\", services = [\"smb\"], probability = 0.2 }]\n";
    let reach = heir(&base, child).unwrap_or_else(|e| panic!("{e}")).reach;
    let apart = "  { from = \"servers\", to = \"vault\", services = [\"smb\", \"ssh\"] },
                   { from = \"office\", to = \"vault\", services = [\"smb\"], probability = 0.2 },\n";
    assert_eq!(reach, parse(&base.replacen(link, apart, 1), "apart.toml").unwrap().reach);

    // One that names the same segments is changed; what else there is between them stays.
    let optional = "  { from = \"office\", to = \"vault\", services = [\"rdp\"], probability = 0.3 },\n";
    let both = |line: &str| base.replacen(link, &format!("{link}{line}"), 1);
    let child = "link = [{ from = \"office\", to = \"vault\", probability = 0.2 }]\n";
    let reach = heir(&both(optional), child).unwrap_or_else(|e| panic!("{e}")).reach;
    assert_eq!(reach, parse(&both(&optional.replacen("0.3", "0.2", 1)), "both.toml").unwrap().reach);
}

#[test]
fn what_is_allowed_twice() {
    let twice = " from `office` to `servers` is allowed twice";
    check("to = \"servers\"", "to = [\"servers\", \"servers\"]", "\"servers\"", twice, "once in a link");
    let more = "{ from = \"office\", to = \"servers\", services = [\"ssh\", \"smb\"], probability = 0.5 },";
    check("link = [", &format!("link = [ {more}"), "^\"servers\", services = [\"smb\"", twice, "one link");
}

#[test]
fn an_inherited_name_that_is_misspelt() {
    for (child, messages, help) in [
        (
            "host = [{ name = \"offices\", count = 2 }]",
            "missing key `role` in `host`\nmissing key `subnet` in `host`",
            "did you mean `office` of base.toml?",
        ),
        (
            "[[attack]]\nname = \"phish-and-stael\"",
            "the attack `phish-and-stael` has no steps",
            "did you mean `phish-and-steal` of base.toml?",
        ),
        (
            "[[attack]]\nname = \"phish-and-steal\"\nstep = [{ id = \"read-flies\" }]",
            "missing key `technique` in `attack.step`",
            "did you mean `read-files` of base.toml?",
        ),
        (
            "[[attack]]\nname = \"phish-and-stael\"\nstep = [{ id = \"mail\", retries = 2 }]",
            "missing key `technique` in `attack.step`",
            "`mail` stands elsewhere in base.toml: is the name above it right?",
        ),
    ] {
        let all = heir(starter(), child).expect_err("this must not pass");
        let mut told: Vec<&str> = all.as_slice().iter().map(|d| d.message.as_str()).collect();
        told.sort_unstable();
        assert_eq!(told.join("\n"), messages, "{all}");
        assert!(all.as_slice().iter().all(|d| d.help.as_deref() == Some(help)), "{all}");
    }
}

#[test]
fn keys_of_the_whole_file_below_a_table() {
    for (key, help) in [
        ("extends = \"other.toml\"", "`extends` belongs above the first [table]"),
        ("link = []", "`link` belongs above the first [table], or write [[link]]"),
        ("host = [{ name = \"x\" }]", "`host` belongs above the first [table], or write [[host]]"),
        (
            "campaigns = { count = [1.0] }",
            "`campaigns` belongs above the first [table], or write [campaigns]",
        ),
    ] {
        let word = key.split(' ').next().unwrap();
        let message = format!("unknown key `{word}` in `scenario`");
        check("[scenario]\n", &format!("[scenario]\n{key}\n"), word, &message, help);
    }
    let more = "hosts = \"office\", host = \"office\",";
    check("hosts = \"office\",", more, "host =", "unknown key `host` in `user`", "did you mean `hosts`?");
}

#[test]
fn words_without_quotes() {
    check("\"T1039\"", "T1039", "T1039", "text must stand in quotes", "write \"T1039\"");
    for word in ["Kerberoasting", "file-theft", "nothing", "inside"] {
        check("\"T1039\"", word, word, "text must stand in quotes", &format!("write \"{word}\""));
    }
    check(
        "objective = true",
        "objective = True",
        "True",
        "`true` and `false` are written small",
        "write true",
    );
    check(
        "[scenario]",
        "[campaigns]\nonset_hours = FALSE\n[scenario]",
        "FALSE",
        "written small",
        "write false",
    );
}

#[test]
fn techniques_that_are_only_there_in_parts() {
    check(
        "\"T1039\"",
        "\"T1110\"",
        "\"T1110\"",
        "unknown technique `T1110`",
        "write one of its parts: `T1110.001` (Password Guessing)",
    );
    check("\"T1039\"", "\"T1O39\"", "\"T1O39\"", "unknown technique", "scenarios/CATALOGUE.md lists all");
}

#[test]
fn numbers_are_told_as_they_are_written() {
    check("count = 4,", "count = 4.5,", "4.5", "`host.count` must be a whole number, found 4.5", "");
    let count = "[campaigns]\ncount = [0.3, 0.6]\n[scenario]";
    check("[scenario]", count, "[0.3", "`campaigns.count` sums to 0.9", "sum to 1");
    check("to = \"servers\"", "to = []", "[]", "must have at least 1 entry, found 0", "");
    let all = mistakes(&edited("[scenario]", count));
    assert!(all.as_slice()[0].message.ends_with("sums to 0.9"), "{all}");
}
