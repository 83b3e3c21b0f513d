//! Result folders: exact bytes, round trips, refusals, and what a full disk may not destroy.

use super::common::run;
use mats_results::metrics::{EndState, IncidentCounts};
use mats_results::{
    ActionCounts, CampaignRow, CurveRow, DetectionRow, EpisodeRow, LearningRow, Phase, RefinementRow,
    ResultFolder, Row, SummaryRow, TechniqueRow, TimelineRow, WriteError, read_csv, read_json, read_run,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn temp() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn written<R: Row>(rows: &[R]) -> String {
    let dir = temp();
    let folder = ResultFolder::create(dir.path().join("run"), false).unwrap();
    folder.write_csv("table.csv", rows).unwrap();
    fs::read_to_string(folder.path().join("table.csv")).unwrap()
}

#[test]
fn columns_are_those_that_others_rely_on() {
    fn check<R: Row>(expected: &str) {
        assert_eq!(R::header().join(","), expected.replace(['\n', ' '], ""));
    }
    check::<EpisodeRow>(
        "scenario,defender,phase,train_seed,episode,seed,return,cost,regret,campaigns,damage,disruption,
         action_cost,analyst_hours,account_hours,admin_hours,held_value_hours,killed_value,decoy_hours,false_isolations,incidents,false_incidents,host_days,steps,records,monitor,
         alert_analyst,run_scan,block_ip,block_domain,kill_process,disable_account,reset_credentials,
         isolate_host,patch_host,reimage_host,deploy_decoy,release,reset_exposed",
    );
    check::<CampaignRow>(
        "scenario,defender,phase,train_seed,episode,seed,campaign,attack,end_state,stopped,
         first_success_s,goal_share,time_to_objective_s,detected,time_to_detect_s,time_to_contain_s,time_to_evict_s,
         access_s,foothold_s,spells,median_spell_s,watched_s,follow_up_s,tau_s,hosts_touched",
    );
    check::<DetectionRow>(
        "scenario,defender,phase,level,tp,fp,fn,tn,ignored,accuracy,precision,recall,f1,fpr,fnr,roc_auc,
         pr_auc,false_per_100_host_days",
    );
    check::<SummaryRow>("scenario,defender,metric,value,low,high,n");
    check::<CurveRow>("scenario,defender,threshold,tp,fp,recall,fpr,precision");
    check::<TechniqueRow>(
        "scenario,defender,technique,name,tactic,uses,uses_flagged,windows,windows_flagged",
    );
    check::<TimelineRow>(
        "scenario,defender,hour,episodes,damage,disruption,action_cost,monitor,alert_analyst,run_scan,block_ip,
         block_domain,kill_process,disable_account,reset_credentials,isolate_host,patch_host,reimage_host,
         deploy_decoy,release,reset_exposed",
    );
    check::<RefinementRow>(
        "train_seed,change,kind,severity,asset,status,before,after,met,confidence,q_gain,replayed,validation,
         saved,saved_error",
    );
    check::<LearningRow>("train_seed,episode,updates,epsilon,loss,score,f1,cost,audit_hours");
}

#[test]
fn floats_are_spelt_one_way_and_undefined_is_empty() {
    let row = |value, low, high| SummaryRow {
        scenario: "a, \"b\"".to_owned(),
        defender: "dqn".to_owned(),
        metric: "score".to_owned(),
        value,
        low,
        high,
        n: 3,
    };
    let rows = [row(Some(0.1 + 0.2), Some(-0.0), Some(1e21)), row(Some(f64::NAN), None, Some(f64::INFINITY))];
    let expected = "scenario,defender,metric,value,low,high,n\n\
        \"a, \"\"b\"\"\",dqn,score,0.30000000000000004,0,1000000000000000000000,3\n\
        \"a, \"\"b\"\"\",dqn,score,,,,3\n";
    assert_eq!(written(&rows), expected);
}

#[test]
fn an_empty_table_still_names_its_columns() {
    assert_eq!(
        written::<LearningRow>(&[]),
        "train_seed,episode,updates,epsilon,loss,score,f1,cost,audit_hours\n"
    );
}

#[test]
fn a_folder_reads_back_as_written() {
    let dir = temp();
    let folder = ResultFolder::create(dir.path().join("deep/run"), false).unwrap();
    let (episodes, campaigns) = run();
    let counts = IncidentCounts { true_incidents: 2, found: 1, campaigns: 2, ..IncidentCounts::default() };
    let detection = [DetectionRow::incidents("s", "dqn", Phase::Eval, &counts)];
    folder.write_csv("episodes.csv", &episodes).unwrap();
    folder.write_csv("campaigns.csv", &campaigns).unwrap();
    folder.write_csv("detection.csv", &detection).unwrap();
    folder.write_csv::<SummaryRow>("summary.csv", &[]).unwrap();
    let tables = read_run(folder.path()).unwrap();
    assert_eq!((tables.episodes, tables.campaigns), (episodes, campaigns));
    assert_eq!(tables.detection[0].recall, Some(0.5));
    assert_eq!(tables.detection, detection);
    assert_eq!((tables.summary, tables.learning), (vec![], vec![]));
    folder.write_json("run.json", &[1.5, 2.0]).unwrap();
    assert_eq!(read_json::<Vec<f64>>(&folder.path().join("run.json")).unwrap(), [1.5, 2.0]);
    assert!(folder.models_dir().unwrap().is_dir());
}

#[test]
fn an_existing_folder_is_refused_and_the_flag_named() {
    let dir = temp();
    let path = dir.path().join("run");
    let old = ResultFolder::create(&path, false).unwrap();
    old.write_text("episodes.csv", "old").unwrap();
    old.write_text("run.json", "{}").unwrap();
    let refusal = ResultFolder::create(&path, false).unwrap_err();
    assert!(matches!(refusal, WriteError::Exists { .. }));
    assert!(refusal.to_string().contains("--overwrite") && refusal.to_string().contains("run"), "{refusal}");
    assert!(ResultFolder::create(&path, true).is_ok());
    assert_eq!(fs::read_to_string(path.join("episodes.csv")).unwrap(), "old");
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(ResultFolder::create(&file, true).unwrap_err(), WriteError::File { .. }));
    // A folder of something else is never taken over, whatever its files are called.
    let home = dir.path().join("home");
    fs::create_dir(&home).unwrap();
    fs::write(home.join("policy.toml"), "").unwrap();
    assert!(matches!(ResultFolder::create(&home, true).unwrap_err(), WriteError::Foreign { .. }));
    assert!(matches!(ResultFolder::open(dir.path().join("absent")), Err(WriteError::Missing { .. })));
}

#[test]
fn an_overwritten_folder_keeps_nothing_of_the_older_run() {
    let dir = temp();
    let folder = ResultFolder::create(dir.path().join("run"), false).unwrap();
    for name in
        ["episodes.csv", "learning.csv", "notes.txt", "models/old.safetensors", "models/new.safetensors"]
    {
        folder.write_text(name, "").unwrap();
    }
    folder.finish(&["episodes.csv", "models/new.safetensors"]).unwrap();
    let there = |name: &str| folder.path().join(name).exists();
    assert!(there("episodes.csv") && there("notes.txt") && there("models/new.safetensors"));
    assert!(!there("learning.csv") && !there("models/old.safetensors"));
}

#[test]
fn a_name_cannot_lead_out_of_the_folder() {
    let dir = temp();
    let folder = ResultFolder::create(dir.path().join("run"), false).unwrap();
    for name in ["../x", "/x", "", "a/../../x"] {
        assert!(matches!(folder.write_text(name, "").unwrap_err(), WriteError::Name { .. }), "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_fails_half_way_leaves_the_older_file_whole() {
    let dir = temp();
    let folder = ResultFolder::create(dir.path().join("run"), false).unwrap();
    folder.write_text("summary.csv", "old").unwrap();
    // Fails half way, as on a full disk: JSON has no such keys.
    let unwritable = BTreeMap::from([(vec![1], "a value"), (vec![2], "another")]);
    let error = folder.write_json("summary.csv", &unwritable).unwrap_err();
    assert!(error.to_string().contains("summary.csv: "), "{error}");
    assert_eq!(fs::read_to_string(folder.path().join("summary.csv")).unwrap(), "old");
    let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["summary.csv", "units"]);
}

#[cfg(unix)]
#[test]
fn a_link_where_a_temporary_file_might_be_is_not_followed() {
    let dir = temp();
    let folder = ResultFolder::create(dir.path().join("run"), false).unwrap();
    let (victim, link) = (dir.path().join("victim"), folder.path().join("summary.csv.partial"));
    fs::write(&victim, "dear").unwrap();
    std::os::unix::fs::symlink(&victim, &link).unwrap();
    folder.write_text("summary.csv", "new").unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "dear");
    assert!(link.is_symlink());
}

fn damaged(content: &[u8]) -> String {
    let dir = temp();
    let path: PathBuf = dir.path().join("learning.csv");
    fs::write(&path, content).unwrap();
    let error = read_csv::<LearningRow>(&path).unwrap_err().to_string();
    error.replace(&dir.path().display().to_string(), "")
}

#[test]
fn damage_is_located_and_the_cure_named() {
    const HEADER: &str = "train_seed,episode,updates,epsilon,loss,score,f1,cost,audit_hours\n";
    let check = |lines: &str, expected: &str| {
        let error = damaged(format!("{HEADER}{lines}").as_bytes());
        assert!(error.starts_with(expected) && error.contains("--overwrite"), "{error}");
    };
    check(
        "1,2,3,0.5,,,,,0\n1,2,x,0.5,,,,,0\n",
        "/learning.csv line 3: column `updates` holds `x`, expected a whole number",
    );
    check(
        "1,2,3,NaN,,,,,0\n",
        "/learning.csv line 2: column `epsilon` holds `NaN`, expected a finite number",
    );
    check("1,2,3,0.5\n", "/learning.csv line 2: 4 cells where the header names 9");
    let error = damaged(b"train_seed,episode,updates,loss,score,f1\n");
    assert!(error.starts_with("/learning.csv line 1: no column `epsilon`, `cost`"), "{error}");
    let error = damaged(&[HEADER.as_bytes(), b"1,2,3,0.5,\xff,,,,\n"].concat());
    assert!(error.starts_with("/learning.csv line 2: cell 5 is not UTF-8"), "{error}");
    assert!(damaged(b"").contains("no column `train_seed`"));
}

#[test]
fn missing_files_are_named() {
    let dir = temp();
    let error = read_run(&dir.path().join("nowhere")).unwrap_err().to_string();
    assert!(error.contains("nowhere is not a folder"), "{error}");
    let error = read_run(dir.path()).unwrap_err().to_string();
    assert!(error.contains("episodes.csv is missing") && error.contains("finished run"), "{error}");
    fs::write(dir.path().join("run.json"), "{\n  \"a\": \n").unwrap();
    let error = read_json::<Vec<f64>>(&dir.path().join("run.json")).unwrap_err().to_string();
    assert!(error.contains("run.json line 1"), "{error}");
}

fn read_back<R: Row>(path: &Path, rows: &[R]) -> Vec<R> {
    let folder = ResultFolder::open(path).unwrap();
    folder.write_csv("table.csv", rows).unwrap();
    read_csv(&path.join("table.csv")).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_row_reads_back_the_same(
        text in "[^\\x00]{1,12}", whole in any::<u64>(), x in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL,
        maybe in prop::option::of(prop::num::f64::NORMAL), counts in any::<[u32; 14]>(), kind in 0..5_usize,
    ) {
        let dir = temp();
        let (mut episodes, mut campaigns) = run();
        for row in &mut episodes {
            (row.scenario, row.seed, row.cost, row.regret) = (text.clone(), whole, x, maybe);
            row.actions = ActionCounts(counts);
        }
        for row in &mut campaigns {
            (row.attack, row.first_success_s, row.end_state) = (text.clone(), maybe, EndState::ALL[kind]);
        }
        prop_assert_eq!(read_back(dir.path(), &episodes), episodes);
        prop_assert_eq!(read_back(dir.path(), &campaigns), campaigns);
    }

    #[test]
    fn junk_is_an_error_and_never_a_panic(junk in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = damaged(&junk);
    }
}
