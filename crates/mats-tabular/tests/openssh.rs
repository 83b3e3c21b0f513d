//! Templates mined from 2,000 lines of sshd (Loghub: Zhu et al. 2023), against those that people named.

use crate::shared_data::shared_data;
use mats_tabular::templates::Templates;
use std::collections::BTreeMap;

#[test]
fn lines_of_sshd_are_grouped_nearly_as_people_group_them() {
    let Some(folder) = shared_data("openssh-log") else { return };
    let read = |name| std::fs::read_to_string(folder.join(name)).unwrap();
    let (lines, named) = (read("OpenSSH_2k.log"), read("OpenSSH_2k.log_structured.csv"));
    // The event's name is the last field but one; templates, which come last, may hold commas in quotes.
    let event = |line: &str| {
        let at = line.find(",E").map(|at| at + 1)?;
        Some(line[at..].split(',').next()?.to_owned())
    };
    let named: Vec<String> = named.lines().skip(1).filter_map(event).collect();
    assert_eq!((lines.lines().count(), named.len()), (2000, 2000));
    let mut templates = Templates::default();
    let found: Vec<usize> = lines.lines().filter_map(|line| templates.learn(line)).collect();
    // Grouping accuracy (Zhu et al. 2019): lines whose group is exactly a group of the people's.
    let mut ours: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut theirs: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (line, (&template, event)) in found.iter().zip(&named).enumerate() {
        ours.entry(template).or_default().push(line);
        theirs.entry(event).or_default().push(line);
    }
    let exact = ours.values().filter(|group| theirs.values().any(|other| other == *group));
    let accuracy = exact.map(Vec::len).sum::<usize>() as f64 / named.len() as f64;
    println!("grouping accuracy {accuracy:.3}: {} templates, {} by people", templates.len(), theirs.len());
    assert!(accuracy > 0.78, "{accuracy:.3}");
}
