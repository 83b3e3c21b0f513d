//! `mats report` from outside: one page that needs nothing else, whatever texts a run holds, read in a browser, too.

use crate::cli::{check, mats, text, unseal};
use crate::support::root;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use tempfile::TempDir;

/// Text that nobody's browser may take for markup.
const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\"'";

/// A small run in which every free text is hostile: title and description of the scenario, the name of a defender, a note
/// in the policy table.
static RUN: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    let table = folder.path().join("<script>alert(3)<");
    fs::create_dir(&table).unwrap();
    // Pages call it by its stem.
    let table = table.join("<script>alert(3).toml");
    let playbook = fs::read_to_string(root().join("crates/mats-respond/src/playbook.toml")).unwrap();
    fs::write(&table, playbook).unwrap();
    let scenario = folder.path().join("short.toml");
    let base = root().join("scenarios/tutorial.toml").canonicalize().unwrap();
    let short = format!(
        "extends = {:?}\n[scenario]\nname = \"short\"\ntitle = '''{HOSTILE}'''\ndescription = '''{HOSTILE}'''\n\
         horizon_hours = 5.0\n[campaigns]\nonset_hours = [0.2, 1.0]\n",
        text(&base)
    );
    fs::write(&scenario, short).unwrap();
    let run = folder.path().join("run");
    let defenders =
        format!("none,threshold,playbook,dqn,policy,perfect-detector,oracle,table:{}", text(&table));
    // Just enough for scores and for a change to the table.
    let size = ["--episodes", "32", "--eval-episodes", "12", "--train-seeds", "2"];
    let small = [
        "gather.episodes=24",
        "validation=8",
        "checkpoint_validation=8",
        "refine.validation=12",
        "refine.starters=12",
    ]
    .map(|setting| format!("--set=train.{setting}"));
    let small = small.each_ref().map(String::as_str);
    let args = ["run", text(&scenario), "--out", text(&run), "--defenders", &defenders];
    check(&mats(&[&args[..], &size, &small].concat()), 0, &[]);
    unseal(&run);
    let policy = run.join("models/1/policy.toml");
    let told = fs::read_to_string(&policy).unwrap();
    let note = format!(
        "[[rule]]\nnote = '''{HOSTILE}'''\nstatus = [\"fresh\"]\nseverity = [\"info\"]\nactions = [\"monitor\"]\npinned = true\n\n"
    );
    fs::write(&policy, told.replacen("[[rule]]\n", &format!("{note}[[rule]]\n"), 1)).unwrap();
    (folder, run)
});

/// A copy of the run to do something to.
fn copy(to: &Path) -> PathBuf {
    let from = &RUN.1;
    let run = to.join("run");
    fs::create_dir_all(run.join("models/1")).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap).filter(|e| e.path().is_file()) {
        fs::copy(entry.path(), run.join(entry.file_name())).unwrap();
    }
    fs::copy(from.join("models/1/policy.toml"), run.join("models/1/policy.toml")).unwrap();
    run
}

/// The page of the run, written once.
static PAGE: LazyLock<(TempDir, PathBuf, String)> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    let run = copy(folder.path());
    let done = mats(&["report", text(&run)]);
    check(&done, 0, &[]);
    let page = run.join("report.html");
    assert!(done.stdout.contains(text(&page)), "{}", done.stdout);
    let html = fs::read_to_string(&page).unwrap();
    (folder, page, html)
});

#[test]
fn a_page_is_whole_small_and_asks_nobody_for_anything() {
    let html = &PAGE.2;
    assert!(html.len() < 8 << 20, "{} bytes", html.len());
    for part in ["http:", "https:", "//www", " src=", "url(", "@import", "<link", "<iframe"] {
        // The texts of the scenario are there, but only as texts.
        let told = html.replace("img src=x", "");
        assert!(!told.contains(part), "{part}");
    }
    for heading in [
        "Summary",
        "Score of each defender",
        "Score against disruption",
        "Detection gap and decision gap",
        "Campaigns contained by a time",
        "Attackers’ success by a time",
        "ROC curve",
        "Precision-recall curve",
        "Confusion matrix of windows",
        "Incidents: true, false, missed",
        "Detection coverage by ATT&amp;CK technique",
        "Score while learning",
        "Reward while learning",
        "Actions of policy by hour",
        "Episodes worth a look",
        "mats replay RUN --episode ",
        "The policy table, before and after",
        "How to repeat this run",
        "mats run --repeat RUN",
    ] {
        assert!(html.contains(heading), "{heading}");
    }
    assert!(!html.contains("lacks"), "nothing is missing");
}

#[test]
fn every_chart_is_a_file_that_stands_alone() {
    let figures = PAGE.1.with_file_name("figures");
    let files: Vec<PathBuf> = fs::read_dir(&figures).unwrap().map(|e| e.unwrap().path()).collect();
    let shown = PAGE.2.matches("<figure>").count();
    assert!(files.len() == shown && shown > 15, "{} files, {shown} figures", files.len());
    for file in files {
        let svg = fs::read_to_string(&file).unwrap();
        assert!(
            svg.contains("<svg width=\"720\"") && svg.trim_end().ends_with("</svg>"),
            "{}",
            file.display()
        );
        assert!(svg.contains("xmlns=\"http://www.w3.org/2000/svg\""));
        assert!(
            svg.matches("<text").count() > 2 && !svg.contains("<script") && !svg.contains("<img"),
            "{}",
            file.display()
        );
        let drawn =
            svg.matches("<polyline").count() + svg.matches("<rect").count() + svg.matches("<circle").count();
        assert!(drawn > 5 && !svg.contains("NaN") && !svg.contains("inf"), "{}", file.display());
    }
}

#[test]
fn hostile_texts_stay_texts() {
    let html = &PAGE.2;
    // The values and the page's own script.
    assert_eq!(html.matches("<script").count(), 2);
    assert_eq!(html.matches("</script").count(), 2);
    assert!(!html.contains("<img") && !html.contains("onerror=alert(2)>&amp;\""));
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "the title is told");
    assert!(html.contains("&lt;script&gt;alert(3)"), "so is the defender");
}

#[test]
fn episodes_worth_a_look_are_told_with_the_command_that_shows_them() {
    let html = &PAGE.2;
    let section =
        html.split("Episodes worth a look</h2>").nth(1).unwrap().split("</section>").next().unwrap();
    let commands: Vec<&str> = section
        .split("<code>mats replay RUN ")
        .skip(1)
        .map(|rest| rest.split("</code>").next().unwrap())
        .collect();
    assert!((3..=5).contains(&commands.len()), "{section}");
    let distinct: std::collections::BTreeSet<&&str> = commands.iter().collect();
    assert_eq!(distinct.len(), commands.len(), "each episode once: {commands:?}");
    let run = text(&RUN.1);
    for command in commands {
        assert!(command.contains("--against playbook"), "{command}");
        let words: Vec<&str> = command.split_whitespace().collect();
        check(&mats(&[&["replay", run][..], &words, &["--follow"]].concat()), 0, &[]);
    }
}

#[test]
fn a_page_that_is_there_stays_unless_told_otherwise() {
    let folder = TempDir::new().unwrap();
    let run = copy(folder.path());
    let page = run.join("report.html");
    fs::write(&page, "mine").unwrap();
    check(&mats(&["report", text(&run)]), 2, &["report.html exists already", "--overwrite", "--out"]);
    assert_eq!(fs::read_to_string(&page).unwrap(), "mine");
    check(&mats(&["report", text(&run), "--overwrite"]), 0, &[]);
    assert!(fs::read_to_string(&page).unwrap().contains("<!DOCTYPE html>"));
    check(&mats(&["report", text(&run), "--out", text(folder.path())]), 2, &["is a folder", "report.html"]);
    check(&mats(&["report", text(&folder.path().join("nowhere"))]), 2, &["nowhere", "finished run"]);
}

#[test]
fn the_same_run_gives_the_same_page() {
    let folder = TempDir::new().unwrap();
    let run = copy(folder.path());
    let out = folder.path().join("deep/again.html");
    check(&mats(&["report", text(&run), "--out", text(&out)]), 0, &[]);
    let again = fs::read_to_string(&out).unwrap();
    assert_eq!(again.replace("again-figures/", "figures/"), PAGE.2);
    assert!(out.with_file_name("again-figures").join("score.svg").is_file());
}

#[test]
fn an_older_run_is_told_what_it_lacks_and_how_to_get_it() {
    let folder = TempDir::new().unwrap();
    let run = copy(folder.path());
    for name in ["curves.csv", "techniques.csv", "timeline.csv", "refinement.csv"] {
        fs::remove_file(run.join(name)).unwrap();
    }
    check(&mats(&["report", text(&run)]), 0, &[]);
    let html = fs::read_to_string(run.join("report.html")).unwrap();
    assert!(html.contains("lacks curves.csv, techniques.csv, timeline.csv, refinement.csv"));
    assert!(html.contains("repeat the run with this version"));
    assert!(!html.contains("ROC curve</h3>") && html.contains("Confusion matrix of windows"));
    fs::write(run.join("curves.csv"), "scenario,defender\n").unwrap();
    let done = mats(&["report", text(&run), "--overwrite"]);
    check(&done, 2, &["curves.csv line 1", "threshold", "with this version"]);
}

#[test]
fn several_runs_stand_side_by_side() {
    let folder = TempDir::new().unwrap();
    let (a, b) = (copy(&folder.path().join("a")), copy(&folder.path().join("b")));
    let out = folder.path().join("both.html");
    check(&mats(&["report", text(&a), text(&b), "--out", text(&out)]), 0, &[]);
    let html = fs::read_to_string(&out).unwrap();
    assert!(html.contains("Report of 2 runs") && html.contains("Side by side") && html.contains("paired"));
    let figures = folder.path().join("both-figures");
    assert!(["runs-score.svg", "1-score.svg", "2-score.svg"].iter().all(|name| figures.join(name).is_file()));
    assert!(!a.join("report.html").exists(), "nothing is written into the runs");
}

#[test]
fn many_runs_keep_to_what_is_compared() {
    let folder = TempDir::new().unwrap();
    let runs = ["a", "b", "c", "d", "e"].map(|name| copy(&folder.path().join(name)));
    let out = folder.path().join("all.html");
    let args: Vec<&str> = runs.iter().map(|run| text(run)).collect();
    check(&mats(&[&["report"], &args[..], &["--out", text(&out)]].concat()), 0, &[]);
    let html = fs::read_to_string(&out).unwrap();
    for part in ["Which is better", "one run twice", "Its own page has the rest", "Summary"] {
        assert!(html.contains(part), "{part}");
    }
    assert!(html.len() < 1 << 20, "{}", html.len());
    assert_eq!(fs::read_dir(folder.path().join("all-figures")).unwrap().count(), 1);
}

/// A browser.
fn browser() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut files = std::env::split_paths(&path).flat_map(|dir| names.map(|name| dir.join(name)));
    files.find(|file| file.is_file()).expect("chromium, chromium-browser or google-chrome is on the PATH")
}

#[test]
#[ignore = "needs Chromium; .ci/slow runs it"]
fn a_browser_draws_every_chart_tells_values_and_complains_of_nothing() {
    let browser = browser();
    let page = &PAGE.1;
    for width in [1280, 390] {
        let folder = TempDir::new().unwrap();
        // A window of a browser cannot be as narrow as a phone; a frame in it can.
        let harness =
            include_str!("report.html").replace("WIDTH", &width.to_string()).replace("PAGE", text(page));
        let file = folder.path().join("harness.html");
        fs::write(&file, harness).unwrap();
        let done = Command::new(&browser)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--no-first-run",
            ])
            .args(["--disable-dev-shm-usage", "--allow-file-access-from-files", "--enable-logging=stderr"])
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .args([
                "--window-size=1400,1000",
                "--virtual-time-budget=20000",
                "--timeout=120000",
                "--dump-dom",
            ])
            .arg(format!("file://{}", file.display()))
            .output()
            .expect("the browser starts");
        let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        let told: Vec<&str> = err.lines().filter(|line| line.contains("CONSOLE")).collect();
        assert!(told.is_empty(), "at {width} px: {told:?}");
        assert!(out.contains("<pre id=\"found\">all is well</pre>"), "at {width} px: {out}\n{err}");
    }
}
